import type { Project, SourceFile } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { importsOf } from '../sources.ts';

/** No file imports itself by way of others, types included: what goes round in a circle can't be read from one end. */
export function ensureNoImportCycles(project: Project, addProblem: AddProblem): void {
  const files = new Map(project.getSourceFiles().map((file) => [pathOf(file), file]));
  const search = new CycleSearch((path) => targetsOf(files.get(path), files));
  for (const path of [...files.keys()].sort()) {
    for (const cycle of search.from(path)) {
      const file = files.get(cycle[0] ?? '');
      const edge = file && importsOf(file).find(({ target }) => target === (cycle[1] ?? cycle[0]));
      addAt(addProblem, edge?.node ?? (file as SourceFile), `imports in a circle: ${[...cycle, cycle[0]].join(' -> ')}`);
    }
  }
}

function targetsOf(file: SourceFile | undefined, files: ReadonlyMap<string, SourceFile>): readonly string[] {
  const targets = file === undefined ? [] : importsOf(file).flatMap(({ target }) => target ?? []);
  return [...new Set(targets)].filter((target) => files.has(target)).sort();
}

/** Depth first; an edge back into the way from the start closes a circle. Each file is entered once over all starts. */
class CycleSearch {
  readonly #targetsOf: (path: string) => readonly string[];
  readonly #left = new Set<string>();
  readonly #way: string[] = [];

  constructor(targetsOf: (path: string) => readonly string[]) {
    this.#targetsOf = targetsOf;
  }

  from(path: string): readonly (readonly string[])[] {
    const start = this.#way.indexOf(path);
    if (start !== -1) {
      return [this.#way.slice(start)];
    }
    if (this.#left.has(path)) {
      return [];
    }
    this.#way.push(path);
    const cycles = this.#targetsOf(path).flatMap((target) => this.from(target));
    this.#way.pop();
    this.#left.add(path);
    return cycles;
  }
}
