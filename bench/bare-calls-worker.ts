/*
 * A thread that makes calls to the provider, lane by lane, and tells how many seconds that took. It does nothing with the answers but to
 * read them.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createHttpClient, forEachLimited, type HttpRequest } from '../src/lib/index.ts';
import type { ProviderCall } from './call-log.ts';

/** What the thread is given. */
export interface BareCallsTask {
  readonly baseURL: string;
  readonly apiKey: string;
  /** Calls of one lane are made one after another. */
  readonly lanes: readonly (readonly ProviderCall[])[];
  /** Lanes under way at once. */
  readonly lanesAtOnce: number;
}

const timeoutMs = 30_000;

const task = workerData as BareCallsTask;
const http = createHttpClient();
const { signal } = new AbortController();
const begun = performance.now();
await forEachLimited(task.lanes, task.lanesAtOnce, async (calls) => {
  for (const call of calls) await make(call);
});
parentPort?.postMessage((performance.now() - begun) / 1000);
await http.close();

async function make({ operation, method, target, body, status }: ProviderCall): Promise<void> {
  const answer = await http.send({
    method: method as HttpRequest['method'],
    url: `${task.baseURL}${target}`,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${task.apiKey}`,
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === '' ? {} : { body }),
    timeoutMs,
    signal,
  });
  if (answer.status !== status) throw new Error(`${operation} was answered with ${answer.status} and not ${status} as before`);
}
