import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { seededRandom } from '../lib/index.ts';
import { spellKey } from './key.ts';
import { createWorkQueue } from './work-queue.ts';

const never = new AbortController().signal;

describe('keys', () => {
  it('are spelled as they are when they are text, and as JSON otherwise', () => {
    expect([spellKey('ns/name'), spellKey({ kind: 'Role', name: 'a' })]).toEqual(['ns/name', '{"kind":"Role","name":"a"}']);
  });

  it('that are objects are told apart by what they say, not by which object they are', async () => {
    const queue = createWorkQueue<{ kind: string; name: string }>({
      clock: new VirtualClock(),
      random: seededRandom(1),
      groupOf: (key) => key.kind,
      backoff: { baseMs: 1000, maxMs: 60_000 },
    });
    queue.add({ kind: 'Role', name: 'a' });
    queue.add({ kind: 'Role', name: 'a' });
    queue.add({ kind: 'Role', name: 'b' });
    const turn = await queue.take(never);
    expect([turn?.next()?.name, turn?.next()?.name, turn?.next()]).toEqual(['a', 'b', undefined]);
    turn?.done({ kind: 'Role', name: 'a' });
    expect(queue.depth.working).toBe(1);
  });
});
