import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandLineOf, endProcess, isAlive, run } from './processes.ts';
import { waitFor } from './waiting.ts';

/** A shell that runs `script`; resolves once it has printed something. */
async function shell(script: string): Promise<number> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let ready = false;
  child.stdout.once('data', () => {
    ready = true;
  });
  await waitFor('the shell to be ready', () => ready, { intervalMs: 5 });
  return child.pid ?? 0;
}

describe('run', () => {
  it('returns what the program said and how it ended', async () => {
    const finished = await run('/bin/sh', ['-c', 'cat; echo oops >&2; exit 3'], { input: 'hello' });
    expect(finished).toEqual({ code: 3, stdout: 'hello', stderr: 'oops\n' });
  });

  it('does not mind a program that leaves its input unread', async () => {
    expect(await run('/bin/sh', ['-c', 'exit 0'], { input: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  it('rejects when there is no such program', async () => {
    await expect(run('/nowhere/program', [])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('commandLineOf', () => {
  it('knows a running process and no ended one', async () => {
    const pid = await shell('echo ready; while :; do sleep 0.05; done; : marker');
    expect(await commandLineOf(pid)).toContain('marker');
    expect(isAlive(pid)).toBe(true);
    await endProcess(pid, 5_000);
    expect(await commandLineOf(pid)).toBeUndefined();
  });
});

describe('endProcess', () => {
  it('ends a process that does not listen', async () => {
    const pid = await shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    await endProcess(pid, 100);
    expect(await commandLineOf(pid)).toBeUndefined();
  });

  it('does not mind a process that is gone', async () => {
    // Above the highest number that any system gives to a process.
    const nobody = 4_194_305;
    await endProcess(nobody, 100);
    expect(await commandLineOf(nobody)).toBeUndefined();
  });
});
