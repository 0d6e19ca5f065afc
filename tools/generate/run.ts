import type { Emitter, GeneratedFile } from './emitter.ts';
import { findStale, writeFiles } from './output.ts';
import { formatProblem, Problems } from './problems.ts';

/** One run of the generator. */
export interface RunOptions {
  /** The repository. */
  readonly root: string;
  /** Write nothing, compare only. */
  readonly check: boolean;
  /** Makes the list of emitters; reports what the sources can't be generated from. */
  readonly emitters: (root: string, problems: Problems) => readonly Emitter[];
}

/** What a run has to say. */
export interface RunResult {
  /** False: there were problems, or files are stale. */
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Reads the sources and writes or compares what is derived from them. With any problem nothing is written. */
export async function runGenerator({ root, check, emitters }: RunOptions): Promise<RunResult> {
  const problems = new Problems();
  const list = emitters(root, problems);
  if (problems.list.length > 0) {
    const lines = problems.list.map((problem) => formatProblem(problem, root));
    return { ok: false, lines: [...lines, `${count(lines.length, 'problem')}. Nothing was generated.`] };
  }
  const files = await emitAll(list);
  const directories = list.flatMap((emitter) => emitter.directories ?? []);
  return check ? compare(root, files, directories) : write(root, files, directories);
}

async function emitAll(list: readonly Emitter[]): Promise<readonly GeneratedFile[]> {
  const owners = new Map<string, string>();
  const files: GeneratedFile[] = [];
  for (const emitter of list) {
    for (const file of await emitter.emit()) {
      const owner = owners.get(file.path);
      if (owner !== undefined) throw new Error(`Both ${owner} and ${emitter.name} make ${file.path}.`);
      owners.set(file.path, emitter.name);
      files.push(file);
    }
  }
  return files;
}

function compare(root: string, files: readonly GeneratedFile[], directories: readonly string[]): RunResult {
  const stale = findStale(root, files, directories);
  if (stale.length === 0) return { ok: true, lines: [`${count(files.length, 'generated file')} up to date.`] };
  const lines = stale.map(({ path, difference }) => `${path} ${difference}`);
  return { ok: false, lines: [...lines, `${count(stale.length, 'file')} stale. Run \`npm run generate\` and commit the result.`] };
}

function write(root: string, files: readonly GeneratedFile[], directories: readonly string[]): RunResult {
  const done = writeFiles(root, files, directories);
  return { ok: true, lines: [...done, `${count(files.length, 'generated file')}, ${done.length} changed.`] };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
