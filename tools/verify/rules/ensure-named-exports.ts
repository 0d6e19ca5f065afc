import { type Project, SyntaxKind } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';

/** Every export has a name, the same wherever it is imported. Only tools that are configured by a default export may have one. */
export function ensureNamedExports(project: Project, addProblem: AddProblem): void {
  for (const file of project.getSourceFiles().filter((candidate) => !pathOf(candidate).endsWith('.config.ts'))) {
    for (const keyword of file.getDescendantsOfKind(SyntaxKind.DefaultKeyword)) {
      if (keyword.getParentOrThrow().getKind() !== SyntaxKind.DefaultClause) {
        addAt(addProblem, keyword, 'a default export has no name: export it by name');
      }
    }
    for (const specifier of file.getExportDeclarations().flatMap((declaration) => declaration.getNamedExports())) {
      if ((specifier.getAliasNode()?.getText() ?? specifier.getName()) === 'default') {
        addAt(addProblem, specifier, 'a default export has no name: export it by name');
      }
    }
  }
}
