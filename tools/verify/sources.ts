import { posix } from 'node:path';
import { type Node, type Project, type SourceFile, SyntaxKind } from 'ts-morph';
import { pathOf } from './problem.ts';

/** Files of `src/` that are part of the product: neither tests nor generated. */
export function productFiles(project: Project): readonly SourceFile[] {
  return project.getSourceFiles().filter((file) => {
    const path = pathOf(file);
    return path.startsWith('src/') && !isTest(path) && !path.includes('/generated/');
  });
}

/** Every file of tests. */
export function testFiles(project: Project): readonly SourceFile[] {
  return project.getSourceFiles().filter((file) => isTest(pathOf(file)));
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/');
}

/** The room that a file of `src/` is in: its folder, or its name when it lies in `src/` itself. */
export function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** One file taking something from another, or from a package. */
export interface Import {
  readonly node: Node;
  /** As it is written. */
  readonly specifier: string;
  /** The file it leads to, relative to the repository; undefined for packages. */
  readonly target: string | undefined;
  /** It vanishes when the program runs. */
  readonly typesOnly: boolean;
}

/** All imports and re-exports of a file: declarations, `import()` calls and `import()` types. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  const add = (node: Node, specifier: string | undefined, typesOnly: boolean): void => {
    if (specifier !== undefined) {
      found.push({ node, specifier, target: targetOf(pathOf(file), specifier), typesOnly });
    }
  };
  for (const declaration of file.getImportDeclarations()) {
    const names = declaration.getNamedImports();
    const onlyTypes = names.length > 0 && names.every((name) => name.isTypeOnly()) && declaration.getDefaultImport() === undefined;
    add(declaration, declaration.getModuleSpecifierValue(), declaration.isTypeOnly() || onlyTypes);
  }
  for (const declaration of file.getExportDeclarations()) {
    add(declaration, declaration.getModuleSpecifierValue(), declaration.isTypeOnly());
  }
  for (const call of file.getDescendantsOfKind(SyntaxKind.CallExpression)) {
    if (call.getExpression().getKind() === SyntaxKind.ImportKeyword) {
      add(call, call.getArguments()[0]?.asKind(SyntaxKind.StringLiteral)?.getLiteralText(), false);
    }
  }
  for (const type of file.getDescendantsOfKind(SyntaxKind.ImportType)) {
    const literal = type.getArgument().asKind(SyntaxKind.LiteralType)?.getLiteral();
    add(type, literal?.asKind(SyntaxKind.StringLiteral)?.getLiteralText(), true);
  }
  return found;
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** The name of the package of a specifier, without the path inside of it. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
