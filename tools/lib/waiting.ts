import { setTimeout as timeout } from 'node:timers/promises';

/** Waits; keeps the program running meanwhile. Rejects with the signal's own reason when it aborts. */
export async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await timeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Node wraps the reason into an AbortError of its own.
    signal?.throwIfAborted();
    throw error;
  }
}

/** How long and how often `waitFor` looks. */
export interface WaitOptions {
  /** Milliseconds after which it gives up; 60 s unless given. Only a guard against hanging: a slow machine must fit into it. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; 100 unless given. */
  readonly intervalMs?: number;
  /** Ends the wait early with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Calls `look` until it answers something other than undefined or false, and returns that. When the time is over it rejects with
 * an error that names `what` and keeps the last failure of `look` as its cause.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { found, failure } = await attempt(look);
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`, { cause: failure });
    }
    await delay(options.intervalMs ?? 100, options.signal);
  }
}

async function attempt<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<{ readonly found?: T | false | undefined; readonly failure?: unknown }> {
  try {
    return { found: await look() };
  } catch (failure) {
    return { failure };
  }
}
