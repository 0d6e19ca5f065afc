import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAlive } from './processes.ts';
import { delay } from './waiting.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/** How a lock is waited for. The times have defaults that suit work of minutes. */
export interface LockOptions {
  /** Ends the wait; the work itself must look at it on its own. */
  readonly signal?: AbortSignal;
  /** Called once, when another process holds the lock. */
  readonly onWait?: (holder: LockHolder | undefined) => void;
  /** The holder touches the file this often (milliseconds, 5 s). */
  readonly heartbeatMs?: number;
  /** A file that was not touched for so long (milliseconds, 60 s) has lost its holder. */
  readonly staleMs?: number;
  /** How often a waiting process looks (milliseconds, half a second). */
  readonly pollMs?: number;
}

/**
 * Runs `work` while holding a lock file that other processes respect. A lock whose process is gone is taken over. In rare
 * circumstances (a machine that slept, two processes that take over at the same instant) two may hold it, so it may save work but
 * must not be what keeps data whole.
 */
export async function withLockFile<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies LockHolder);
  let told = false;
  while (!(await tryLock(file, mine))) {
    options.signal?.throwIfAborted();
    const lock = await inspect(file);
    if (lock === undefined) {
      continue;
    }
    if (isStale(lock, options.staleMs ?? 60_000)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) {
      told = true;
      options.onWait?.(lock.holder);
    }
    await delay(options.pollMs ?? 500, options.signal);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, options.heartbeatMs ?? 5_000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await release(file, mine);
  }
}

async function tryLock(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

interface Lock {
  /** Undefined when the file can't be read as one, for example in the instant between its creation and its first byte. */
  readonly holder: LockHolder | undefined;
  /** Milliseconds since the file was touched. */
  readonly silentMs: number;
}

/** The lock as it is now, or undefined when there is none any more. */
async function inspect(file: string): Promise<Lock | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return { holder: parseHolder(await readFile(file, 'utf8')), silentMs: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<LockHolder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isStale({ holder, silentMs }: Lock, staleMs: number): boolean {
  // A process of another machine, or of another container that shares the directory, can't be looked up: only its silence tells.
  const holderIsGone = holder?.host === hostname() && !isAlive(holder.pid);
  return holderIsGone || silentMs > staleMs;
}

async function release(file: string, mine: string): Promise<void> {
  // Another process may have taken the lock over while this machine slept; then it is not ours to remove.
  if ((await readFile(file, 'utf8').catch(() => undefined)) === mine) {
    await rm(file, { force: true });
  }
}
