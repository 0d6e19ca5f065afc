import { Node, type Project, type SourceFile, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { pureRooms } from '../rooms.ts';
import { importsOf, productFiles, roomOf } from '../sources.ts';

/** A hash of a value is computed, not read from anywhere. */
const harmlessBuiltins: ReadonlySet<string> = new Set(['node:crypto']);
const namesOfTheOutside: ReadonlySet<string> = new Set(['Promise', 'console', 'fetch', 'process', 'queueMicrotask', 'setImmediate']);
const namesOfTime: ReadonlySet<string> = new Set(['Clock', 'sleep', 'systemClock', 'systemRandom']);

/**
 * The rooms that decide (`model`, `plan`, `status`) compute values of values: no I/O, nothing asynchronous, no clock. The same
 * input always gives the same plan and the same conditions.
 */
export function ensurePureRooms(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project).filter((candidate) => pureRooms.includes(roomOf(pathOf(candidate))))) {
    const room = roomOf(pathOf(file));
    for (const { node, specifier } of importsOf(file)) {
      if (specifier.startsWith('node:') && !harmlessBuiltins.has(specifier)) {
        addAt(addProblem, node, `${room} is pure: it may not import ${specifier}`);
      }
    }
    for (const { node, what } of impurities(file)) {
      addAt(addProblem, node, `${room} is pure: no ${what} here`);
    }
  }
}

function impurities(file: SourceFile): readonly { node: Node; what: string }[] {
  const asynchronous = [
    ...file.getDescendantsOfKind(SyntaxKind.AsyncKeyword),
    ...file.getDescendantsOfKind(SyntaxKind.AwaitExpression),
    ...file.getDescendantsOfKind(SyntaxKind.AwaitKeyword),
  ].map((node) => ({ node, what: 'asynchronous code' }));
  const names = file.getDescendantsOfKind(SyntaxKind.Identifier).filter((identifier) => !isPropertyName(identifier));
  return [
    ...asynchronous,
    ...names.filter((name) => namesOfTheOutside.has(name.getText())).map((node) => ({ node, what: `use of ${node.getText()}` })),
    ...names.filter((name) => namesOfTime.has(name.getText())).map((node) => ({ node, what: `clock (${node.getText()})` })),
  ];
}

function isPropertyName(identifier: Node): boolean {
  const parent = identifier.getParent();
  const named = Node.isPropertyAccessExpression(parent) || Node.isPropertySignature(parent) || Node.isPropertyAssignment(parent);
  return named && parent.getNameNode() === identifier;
}
