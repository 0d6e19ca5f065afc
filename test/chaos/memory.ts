import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resident memory of a process, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    // Small images have no ps.
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  }
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) / 1024;
}

/** How much more memory a process may have in the end than after its warm-up. */
export interface MemoryBound {
  readonly factor: number;
  readonly addedMiB: number;
}

/** Fewer samples than this say nothing. */
const fewestSamples = 8;

/** How the resident memory of one process went. */
export class MemoryTrace {
  readonly #samples: number[] = [];

  /** Takes a sample, in MiB. */
  add(MiB: number): void {
    this.#samples.push(MiB);
  }

  get latest(): number {
    return this.#samples.at(-1) ?? 0;
  }

  /** Medians of so many equal parts of its life, in MiB. */
  parts(count: number): readonly number[] {
    const edges = Array.from({ length: count + 1 }, (_, index) => Math.round((index * this.#samples.length) / count));
    return edges.slice(1).map((end, index) => Math.round(at(0.5, this.#samples.slice(edges[index], end))));
  }

  /**
   * Says what is wrong; undefined: nothing. Compared are the second quarter of its life, when caches and compiled code are there, and the
   * last. Garbage that waits to be collected comes and goes and lifts some samples, what is never given back lifts all of them: so what
   * counts of a quarter is what a fourth of its samples stay below.
   */
  judge({ factor, addedMiB }: MemoryBound): string | undefined {
    const { length } = this.#samples;
    if (length < fewestSamples) return `memory was measured ${length} times only`;
    const quarter = Math.floor(length / 4);
    const afterWarmUp = at(0.25, this.#samples.slice(quarter, 2 * quarter));
    const inTheEnd = at(0.25, this.#samples.slice(-quarter));
    const most = afterWarmUp * factor + addedMiB;
    if (inTheEnd <= most) return undefined;
    return `memory grew from ${Math.round(afterWarmUp)} MiB after the warm-up to ${Math.round(inTheEnd)} MiB, and ${Math.round(most)} are allowed`;
  }
}

function at(place: number, numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * place)] ?? 0;
}
