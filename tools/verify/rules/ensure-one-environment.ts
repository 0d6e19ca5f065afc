import { Node, type Project, type SourceFile, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { importsOf, productFiles } from '../sources.ts';

const home = 'src/config.ts';
const advice = 'the environment is read in config.ts only: take the value as an argument';

/** The environment of the process is read in one place; everything else is told what it needs. */
export function ensureOneEnvironment(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project).filter((candidate) => pathOf(candidate) !== home)) {
    for (const node of readsOfEnvironment(file)) {
      addAt(addProblem, node, advice);
    }
  }
}

function readsOfEnvironment(file: SourceFile): readonly Node[] {
  const identifiers = file.getDescendantsOfKind(SyntaxKind.Identifier).filter((node) => node.getText() === 'env' && isOfProcess(node));
  const elements = file.getDescendantsOfKind(SyntaxKind.ElementAccessExpression).filter((access) => {
    const key = access.getArgumentExpression();
    return access.getExpression().getText() === 'process' && Node.isStringLiteral(key) && key.getLiteralText() === 'env';
  });
  const imports = importsOf(file).flatMap(({ node, specifier }) => {
    const names = Node.isImportDeclaration(node) ? node.getNamedImports().map((name) => name.getName()) : [];
    return /^(node:)?process$/.test(specifier) && names.includes('env') ? [node] : [];
  });
  return [...identifiers, ...elements, ...imports];
}

/** `process.env`, `globalThis.process.env`, or `env` taken out of `process`. */
function isOfProcess(identifier: Node): boolean {
  const parent = identifier.getParent();
  if (Node.isPropertyAccessExpression(parent) && parent.getNameNode() === identifier) {
    return /(^|\.)process$/.test(parent.getExpression().getText());
  }
  if (Node.isBindingElement(parent)) {
    const taken = parent.getPropertyNameNode()?.getText() ?? parent.getName();
    return taken === 'env' && parent.getFirstAncestorByKind(SyntaxKind.VariableDeclaration)?.getInitializer()?.getText() === 'process';
  }
  return false;
}
