import { describe, expect, it } from 'vitest';
import { formatLogLine, parseLog } from './log-lines.ts';

const line = '{"level":"info","time":"2026-01-02T03:04:05.678Z","role":"Role/a/b","count":2,"message":"Updated a role"}';

describe('parseLog', () => {
  it('reads lines with their fields', () => {
    expect(parseLog(`${line}\n`)).toEqual([
      { level: 'info', time: '2026-01-02T03:04:05.678Z', role: 'Role/a/b', count: 2, message: 'Updated a role' },
    ]);
  });

  it.each<{ reason: string; text: string }>([
    { reason: 'a crash of Node.js prints no JSON', text: 'Error: boom' },
    { reason: 'a killed process may leave half a line', text: '{"level":"info","mess' },
    { reason: 'JSON of something else is no line of ours', text: '[1]' },
  ])('keeps what it does not understand: $reason', ({ text }) => {
    expect(parseLog(`${line}\n${text}`)[1]).toMatchObject({ level: 'raw', message: text });
  });
});

describe('formatLogLine', () => {
  it('shows time, level, message and fields', () => {
    const [parsed] = parseLog(line);
    expect(parsed && formatLogLine(parsed)).toBe('03:04:05.678 info  Updated a role role=Role/a/b count=2');
  });
});
