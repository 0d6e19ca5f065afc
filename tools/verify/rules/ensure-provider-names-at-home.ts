import { Node, type Project, type SourceFile, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { productFiles } from '../sources.ts';

/** Where a provider's name may stand: the API has a block for each, and the program lists them. */
const openPlaces = ['src/api/', 'src/cli/', 'src/emulators/', 'src/main.ts'];

/**
 * Shared code never asks which provider it talks to: it asks for capabilities. So the name of a provider stands as a text or a
 * property in its own folder, in `api`, `emulators`, `cli` and `main.ts` only. The names are the blocks of ProviderSpecBase.
 */
export function ensureProviderNamesAtHome(project: Project, addProblem: AddProblem): void {
  const names = providerNames(project);
  for (const file of productFiles(project)) {
    const path = pathOf(file);
    if (openPlaces.some((place) => path.startsWith(place))) {
      continue;
    }
    for (const { node, text } of textsOf(file)) {
      const name = names.find((candidate) => mentions(text, candidate) && !path.startsWith(`src/providers/${candidate}/`));
      if (name !== undefined) {
        addAt(addProblem, node, `the name ${name} doesn't belong here: shared code asks for capabilities, never for the provider`);
      }
    }
  }
}

function providerNames(project: Project): readonly string[] {
  const base = project
    .getSourceFiles('/src/api/**')
    .map((file) => file.getInterface('ProviderSpecBase'))
    .find((declaration) => declaration !== undefined);
  const blocks = base?.getProperties().filter((property) => /Settings<\w+>$/.test(property.getTypeNode()?.getText() ?? '')) ?? [];
  return blocks.map((property) => property.getName());
}

function textsOf(file: SourceFile): readonly { node: Node; text: string }[] {
  return file.getDescendants().flatMap((node): readonly { node: Node; text: string }[] => {
    if (Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node)) {
      return isSpecifier(node) ? [] : [{ node, text: node.getLiteralText() }];
    }
    if (Node.isTemplateHead(node) || Node.isTemplateMiddle(node) || Node.isTemplateTail(node)) {
      return [{ node, text: node.getText() }];
    }
    return Node.isPropertyAccessExpression(node) ? [{ node, text: node.getName() }] : [];
  });
}

/** Where imports may lead is the business of the table of rooms. */
function isSpecifier(literal: Node): boolean {
  const parent = literal.getParent();
  return (
    Node.isImportDeclaration(parent) ||
    Node.isExportDeclaration(parent) ||
    (Node.isCallExpression(parent) && parent.getExpression().getKind() === SyntaxKind.ImportKeyword)
  );
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(^|[^a-z])${name}($|[^a-z])`, 'i').test(text);
}
