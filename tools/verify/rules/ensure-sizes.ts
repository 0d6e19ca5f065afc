import { Node, type Project } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { productFiles } from '../sources.ts';

const longestFile = 400;
const longestFunction = 60;

/** A file has at most 400 lines and a function at most 60, so that each can be taken in at one reading. */
export function ensureSizes(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project)) {
    const lines = file.getFullText().replace(/\n$/, '').split('\n').length;
    if (lines > longestFile) {
      addProblem({
        filePath: pathOf(file),
        lineNumber: longestFile + 1,
        message: `${lines} lines, at most ${longestFile}: split the file by what its parts are about`,
      });
    }
    for (const node of file.getDescendants()) {
      const length = Node.isFunctionLikeDeclaration(node) ? node.getEndLineNumber() - node.getStartLineNumber() + 1 : 0;
      if (length > longestFunction) {
        addAt(addProblem, node, `this function has ${length} lines, at most ${longestFunction}: give its steps names`);
      }
    }
  }
}
