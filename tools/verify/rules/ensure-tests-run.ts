import { Node, type Project, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt } from '../problem.ts';
import { testFiles } from '../sources.ts';

const runners: ReadonlySet<string> = new Set(['describe', 'it', 'suite', 'test']);
const skipping: ReadonlySet<string> = new Set(['fails', 'runIf', 'skip', 'skipIf', 'todo']);

/** `only` never stays, and a test that doesn't run says why in a comment above it or at the end of its line. */
export function ensureTestsRun(project: Project, addProblem: AddProblem): void {
  for (const file of testFiles(project)) {
    for (const access of file.getDescendantsOfKind(SyntaxKind.PropertyAccessExpression)) {
      if (!runners.has(baseOf(access))) {
        continue;
      }
      if (access.getName() === 'only') {
        addAt(addProblem, access, 'only keeps every other test from running: remove it');
      } else if (skipping.has(access.getName()) && !hasReason(access)) {
        addAt(addProblem, access, `${access.getName()} needs a reason: a comment above it or at the end of the line`);
      }
    }
  }
}

/** The name that a chain such as `test.concurrent.skip` begins with. */
function baseOf(access: Node): string {
  let node = access;
  while (Node.isPropertyAccessExpression(node) || Node.isCallExpression(node)) {
    node = node.getExpression();
  }
  return node.getText();
}

function hasReason(access: Node): boolean {
  const lines = access.getSourceFile().getFullText().split('\n');
  const index = access.getStartLineNumber() - 1;
  return [lines[index - 1], lines[index]].some((line) => /(\/\/|\/?\*+)\s*\S+\s+\S+\s+\S+/.test(line ?? ''));
}
