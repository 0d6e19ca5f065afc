import { Node, type ObjectLiteralExpression, type SourceFile } from 'ts-morph';
import { locationOf, type Problems } from '../problems.ts';
import { parseDocComment } from './doc-comment.ts';

/** A constant object of reasons, each with its meaning. */
export interface ReasonList {
  readonly description: string;
  /** In the order of the source. */
  readonly entries: readonly { readonly value: string; readonly description: string }[];
}

/**
 * Reads `export const <name> = { … } as const`, whose values are strings and equal to their keys.
 * @param name the constant
 */
export function readReasons(file: SourceFile, name: string, problems: Problems): ReasonList {
  const declaration = file.getVariableDeclaration(name);
  const literal = objectLiteralOf(declaration?.getInitializer());
  if (declaration === undefined || literal === undefined) {
    problems.add({ filePath: file.getFilePath(), line: 1 }, `The constant object ${name} is not there.`);
    return { description: '', entries: [] };
  }
  const statement = declaration.getVariableStatementOrThrow();
  return {
    description: describe(statement, statement.getJsDocs().at(-1)?.getText(), name, problems),
    entries: literal.getProperties().flatMap((property) => {
      const initializer = Node.isPropertyAssignment(property) ? property.getInitializer() : undefined;
      if (
        !Node.isPropertyAssignment(property) ||
        !Node.isStringLiteral(initializer) ||
        initializer.getLiteralText() !== property.getName()
      ) {
        problems.add(locationOf(property), `An entry of ${name} is written Reason: 'Reason'.`);
        return [];
      }
      const comments = property.getLeadingCommentRanges().map((range) => range.getText());
      return [{ value: property.getName(), description: describe(property, comments.at(-1), property.getName(), problems) }];
    }),
  };
}

function describe(node: Node, comment: string | undefined, name: string, problems: Problems): string {
  const { filePath, line } = locationOf(node);
  const report = (_line: number, message: string): void => problems.add({ filePath, line }, message);
  const doc = parseDocComment(comment?.startsWith('/**') === true ? comment : '/** */', line, report);
  if (doc.description === '') report(line, `${name} has no description: add a doc comment.`);
  for (const tag of doc.tags) report(line, `Unknown tag @${tag.name}: a reason has no tags.`);
  return doc.description;
}

function objectLiteralOf(node: Node | undefined): ObjectLiteralExpression | undefined {
  const inner = Node.isAsExpression(node) || Node.isSatisfiesExpression(node) ? node.getExpression() : node;
  if (Node.isAsExpression(inner)) return objectLiteralOf(inner);
  return Node.isObjectLiteralExpression(inner) ? inner : undefined;
}
