import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { formatSeconds, Progress } from './progress.ts';

function recorder(isTTY: boolean): { readonly isTTY: boolean; readonly written: string[]; write(text: string): void } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => void written.push(text) };
}

describe('Progress', () => {
  it('gives a log a plain line every quarter of a minute, and none after its end', async () => {
    const clock = new VirtualClock();
    const output = recorder(false);
    const progress = new Progress('etcd', output, clock);
    await clock.advance(31_000);
    progress.note('downloading modules');
    await clock.advance(30_000);
    progress.end('built');
    await clock.advance(60_000);
    expect(output.written).toEqual([
      'etcd\n',
      'etcd: 15 s\n',
      'etcd: 30 s\n',
      'etcd: 45 s, downloading modules\n',
      'etcd: 1 min 0 s\n',
      'etcd: built after 1 min 1 s\n',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('rewrites the one line of a terminal', async () => {
    const clock = new VirtualClock();
    const output = recorder(true);
    const progress = new Progress('etcd', output, clock);
    await clock.advance(2_000);
    progress.end('built');
    expect(output.written.join('').split('\r\u001b[K')).toEqual(['etcd', 'etcd: 1 s', 'etcd: 2 s', 'etcd: built after 2 s\n']);
  });
});

describe('formatSeconds', () => {
  it.each([
    { seconds: 0.4, text: '0 s', reason: 'parts of a second interest nobody' },
    { seconds: 59.4, text: '59 s', reason: 'below a minute seconds suffice' },
    { seconds: 59.6, text: '1 min 0 s', reason: 'rounding must not give 60 s' },
    { seconds: 245, text: '4 min 5 s', reason: 'minutes are easier to read' },
  ])('$seconds is $text: $reason', ({ seconds, text }) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
