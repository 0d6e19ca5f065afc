import type { Node } from 'ts-morph';

/** A place where a rule is broken. */
export interface Problem {
  /** Relative to the repository, with `/`. */
  readonly filePath: string;
  /** Counted from 1. */
  readonly lineNumber: number;
  /** What is wrong and what would be right, in one line. */
  readonly message: string;
}

/** Takes a problem; a rule goes on, so that one run shows them all. */
export type AddProblem = (problem: Problem) => void;

/** The file of a node, relative to the repository, which is the root of every project here. */
export function pathOf(node: Node): string {
  return node.getSourceFile().getFilePath().slice(1);
}

/** Adds a problem at a node. */
export function addAt(addProblem: AddProblem, node: Node, message: string): void {
  addProblem({ filePath: pathOf(node), lineNumber: node.getStartLineNumber(), message });
}

/** `file:line: message`, which editors and terminals make a link of. */
export function formatProblem({ filePath, lineNumber, message }: Problem): string {
  return `${filePath}:${lineNumber}: ${message}`;
}
