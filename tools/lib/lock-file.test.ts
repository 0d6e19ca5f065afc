import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LockHolder } from './lock-file.ts';
import { withLockFile } from './lock-file.ts';
import { run } from './processes.ts';
import { waitFor } from './waiting.ts';

const never = new AbortController().signal;
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-test-'));
  file = join(directory, 'lock');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const { stdout } = await run(process.execPath, ['-e', 'console.log(process.pid)']);
  return Number(stdout);
}

async function leaveLock(holder: LockHolder, ageSeconds = 0): Promise<void> {
  await writeFile(file, JSON.stringify(holder));
  const touched = Date.now() / 1000 - ageSeconds;
  await utimes(file, touched, touched);
}

describe('withLockFile', () => {
  it('lets one work at a time and leaves no file', async () => {
    let working = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      working += 1;
      most.push(working);
      await new Promise((resolve) => setImmediate(resolve));
      working -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLockFile(file, work, { signal: never, pollMs: 1 })));
    expect(most).toEqual([1, 1, 1, 1, 1]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('gives the lock back when the work fails', async () => {
    await expect(withLockFile(file, () => Promise.reject(new Error('boom')), { signal: never })).rejects.toThrow('boom');
    expect(await readdir(directory)).toEqual([]);
  });

  it('says whom it waits for, and works when that one is done', async () => {
    await leaveLock({ pid: process.pid, host: hostname() });
    const waited: (LockHolder | undefined)[] = [];
    const result = withLockFile(file, async () => 'done', { signal: never, pollMs: 1, onWait: (holder) => waited.push(holder) });
    await waitFor('the wait to be told', () => waited.length > 0);
    await rm(file);
    expect(await result).toBe('done');
    expect(waited).toEqual([{ pid: process.pid, host: hostname() }]);
  });

  it('takes over from a process that is gone', async () => {
    await leaveLock({ pid: await deadPid(), host: hostname() });
    expect(await withLockFile(file, async () => 'done', { signal: never })).toBe('done');
  });

  it('takes over from a process of another machine only when it has long been silent', async () => {
    await leaveLock({ pid: await deadPid(), host: 'elsewhere' }, 30);
    const ended = new AbortController();
    const waiting = withLockFile(file, async () => 'done', {
      signal: ended.signal,
      pollMs: 1,
      onWait: () => ended.abort(new Error('waits')),
    });
    await expect(waiting).rejects.toThrow('waits');
    await leaveLock({ pid: await deadPid(), host: 'elsewhere' }, 90);
    expect(await withLockFile(file, async () => 'done', { signal: never })).toBe('done');
  });

  it('waits for a file that is not written yet', async () => {
    await writeFile(file, '');
    const ended = new AbortController();
    const waiting = withLockFile(file, async () => 'done', {
      signal: ended.signal,
      pollMs: 1,
      onWait: () => ended.abort(new Error('waits')),
    });
    await expect(waiting).rejects.toThrow('waits');
  });

  it('does not remove a lock that another process has taken over meanwhile', async () => {
    const theirs = JSON.stringify({ pid: 1, host: 'elsewhere' });
    await withLockFile(file, () => writeFile(file, theirs), { signal: never });
    expect(await readFile(file, 'utf8')).toBe(theirs);
  });
});
