import { createReadStream } from 'node:fs';

/** A part of a credential that is longer than this counts as the whole of it, in characters. */
const longestHarmlessPart = 12;

/** What of credentials must be nowhere. */
export function tracesOf(secrets: Iterable<string>): readonly string[] {
  return [...new Set([...secrets].map((secret) => secret.slice(0, longestHarmlessPart)))];
}

/** Traces that a text holds. */
export function leaksIn(text: string, traces: readonly string[]): readonly string[] {
  return traces.filter((trace) => text.includes(trace));
}

/** Traces that a file holds, however long it is. */
export async function leaksInFile(file: string, traces: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const longest = Math.max(0, ...traces.map((trace) => trace.length));
  let tail = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const text = tail + chunk;
    for (const trace of leaksIn(text, traces)) found.add(trace);
    tail = text.slice(-longest);
  }
  return [...found];
}
