import type { Node } from 'ts-morph';

/** A place in a source file. */
export interface Location {
  readonly filePath: string;
  /** Counted from 1. */
  readonly line: number;
}

/** One thing in the sources that can't be generated from as it stands. */
export interface Problem extends Location {
  /** What is wrong and what would be right, in one line. */
  readonly message: string;
}

/** Collects problems, so that one run shows them all. */
export class Problems {
  readonly #list: Problem[] = [];

  add(location: Location, message: string): void {
    this.#list.push({ filePath: location.filePath, line: location.line, message });
  }

  /** By file and line; a problem that was met on several ways (a type used by two kinds) is listed once. */
  get list(): readonly Problem[] {
    const byText = new Map(this.#list.map((problem) => [formatProblem(problem), problem]));
    return [...byText.values()].sort((a, b) => compareText(a.filePath, b.filePath) || a.line - b.line || compareText(a.message, b.message));
  }
}

/** `file:line: message`; the path is shown relative to `root` where it lies below it. */
export function formatProblem(problem: Problem, root = ''): string {
  const prefix = `${root}/`;
  const path = root !== '' && problem.filePath.startsWith(prefix) ? problem.filePath.slice(prefix.length) : problem.filePath;
  return `${path}:${problem.line}: ${problem.message}`;
}

/** Where a declaration begins; its doc comment is not counted. */
export function locationOf(node: Node): Location {
  return { filePath: node.getSourceFile().getFilePath(), line: node.getStartLineNumber() };
}

/** Compares by code unit, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
