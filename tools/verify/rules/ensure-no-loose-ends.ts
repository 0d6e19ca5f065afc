import type { Project } from 'ts-morph';
import { type AddProblem, pathOf } from '../problem.ts';

/** The marks, split here so that this file doesn't hold them. */
const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b(?<rest>.*)`);
const fewestWords = 4;

/** A mark for later work says in the same line what is to be done and why it isn't yet. */
export function ensureNoLooseEnds(project: Project, addProblem: AddProblem): void {
  for (const file of project.getSourceFiles()) {
    for (const [index, line] of file.getFullText().split('\n').entries()) {
      const match = marks.exec(line);
      const words = match?.groups?.rest?.match(/[\p{L}\p{N}]+/gu) ?? [];
      if (match !== null && words.length < fewestWords) {
        addProblem({
          filePath: pathOf(file),
          lineNumber: index + 1,
          message: `${match[1]} must say what is to be done and why it isn't yet`,
        });
      }
    }
  }
}
