import { Node, type Project, type SourceFile, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { importsOf, productFiles, roomOf } from '../sources.ts';

const callsOfTime: ReadonlySet<string> = new Set([
  'AbortSignal.timeout',
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'setInterval',
  'setTimeout',
]);

/**
 * Time, timers and randomness come from a Clock and a Random that are handed in, so that everything that waits can be
 * tested in virtual time. Only `src/lib` knows the real ones.
 */
export function ensureInjectedTime(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project).filter((candidate) => roomOf(pathOf(candidate)) !== 'lib')) {
    for (const { node, what } of usesOfTime(file)) {
      addAt(addProblem, node, `${what} is used in src/lib only: take a Clock or a Random`);
    }
  }
}

function usesOfTime(file: SourceFile): readonly { node: Node; what: string }[] {
  const names = [...file.getDescendantsOfKind(SyntaxKind.PropertyAccessExpression), ...freeNames(file)]
    .map((node) => ({ node, what: node.getText().replace(/^globalThis\./, '') }))
    .filter(({ what }) => callsOfTime.has(what));
  const dates = file
    .getDescendantsOfKind(SyntaxKind.NewExpression)
    .filter((creation) => creation.getExpression().getText() === 'Date' && creation.getArguments().length === 0)
    .map((node) => ({ node, what: 'new Date() without an argument' }));
  const timers = importsOf(file)
    .filter(({ specifier }) => /^(node:)?timers(\/promises)?$/.test(specifier))
    .map(({ node, specifier }) => ({ node, what: specifier }));
  return [...names, ...dates, ...timers];
}

/** Identifiers that stand for themselves: no property, no key and no declaration of another thing of the same name. */
function freeNames(file: Node): readonly Node[] {
  return file.getDescendantsOfKind(SyntaxKind.Identifier).filter((identifier) => {
    const parent = identifier.getParent();
    const isName = (Node.isPropertyAccessExpression(parent) || Node.hasName(parent)) && parent.getNameNode() === identifier;
    return !isName;
  });
}
