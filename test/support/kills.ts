import type { EmulatorControl, JournalQuery } from '../../src/emulators/index.ts';
import { pause } from './e2e.ts';
import type { OperatorProcess } from './operator-process.ts';

/** mulberry32: numbers from 0 to 1, the same for the same start. */
export function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Which requests are counted before a kill: all, and up to thirty, unless given. */
export interface CountedRequests {
  readonly query?: JournalQuery;
  readonly most?: number;
}

/** Ends the operator at an instant that no one chose: in the middle of requests, or at any time. Gives back which of them it was. */
export async function killSometime(
  operator: OperatorProcess,
  control: EmulatorControl,
  random: () => number,
  { query = {}, most = 30 }: CountedRequests = {},
): Promise<string> {
  if (random() < 0.3) {
    await pause(Math.floor(random() * 400));
    await operator.kill();
    return 'at any time';
  }
  const count = 1 + Math.floor(random() * most);
  const delayMs = Math.floor(random() * 3) * 4;
  const idle = new AbortController();
  const requests = (async () => {
    for (let seen = 0; seen < count && !idle.signal.aborted; seen += 1) await control.nextRequest(query);
    return 'after a request';
  })();
  const how = await Promise.race([requests, pause(3_000).then(() => 'when it was idle')]);
  idle.abort();
  if (delayMs > 0) await pause(delayMs);
  await operator.kill();
  return how;
}
