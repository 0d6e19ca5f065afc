import { posix } from 'node:path';
import {
  type ClassDeclaration,
  type InterfaceDeclaration,
  type JSDocableNode,
  Node,
  type Project,
  type SourceFile,
  SyntaxKind,
} from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { productFiles } from '../sources.ts';

/**
 * What is exported has a doc comment. Where a room's index exports it, so has each member that does something: methods, accessors
 * and functions. A member that an interface demands is described there, an overriding one by what it overrides. Plain
 * properties are left to judgement: where name and type say all, a comment would only repeat them.
 */
export function ensureDocComments(project: Project, addProblem: AddProblem): void {
  const files = productFiles(project);
  const members = membersOfInterfaces(files);
  for (const file of files) {
    for (const { node, name } of exportedDeclarations(file)) {
      if (!isDocumented(node)) {
        addAt(addProblem, node, `${name} is exported and has no doc comment`);
      }
    }
    const isPublic = publicNames(file, files);
    for (const declaration of file.getInterfaces().filter((candidate) => candidate.isExported() && isPublic(candidate.getName()))) {
      checkMembers(declaration.getName(), interfaceMembers(declaration), addProblem);
    }
    for (const declaration of file.getClasses().filter((candidate) => candidate.isExported() && isPublic(candidate.getName() ?? ''))) {
      checkMembers(declaration.getName() ?? 'class', classMembers(declaration, members), addProblem);
    }
  }
}

/** Tells which names of a file are exported by an index of its room. */
function publicNames(file: SourceFile, files: readonly SourceFile[]): (name: string) => boolean {
  const path = pathOf(file);
  const exports = files
    .filter((candidate) => pathOf(candidate).endsWith('/index.ts'))
    .flatMap((index) => index.getExportDeclarations().map((declaration) => ({ from: pathOf(index), declaration })))
    .filter(({ from, declaration }) => posix.join(posix.dirname(from), declaration.getModuleSpecifierValue() ?? '') === path)
    .map(({ declaration }) => declaration.getNamedExports().map((specifier) => specifier.getName()));
  // No names in an export declaration means all of them.
  return (name) => exports.some((names) => names.length === 0 || names.includes(name));
}

type Documented = Node & JSDocableNode;
type Member = Documented & { getName(): string };

function checkMembers(owner: string, members: readonly Member[], addProblem: AddProblem): void {
  const documented = new Set(members.filter(isDocumented).map((member) => member.getName()));
  for (const member of members.filter(doesSomething)) {
    // A setter or an overload is described by its twin.
    if (!documented.has(member.getName())) {
      addAt(addProblem, member, `${owner}.${member.getName()} has no doc comment`);
    }
  }
}

function isDocumented(node: Documented): boolean {
  return node.getJsDocs().some((doc) => doc.getInnerText().trim() !== '');
}

function exportedDeclarations(file: SourceFile): readonly { node: Documented; name: string }[] {
  const named = [...file.getClasses(), ...file.getInterfaces(), ...file.getTypeAliases()].filter((node) => node.isExported());
  const variables = file.getVariableStatements().filter((node) => node.isExported());
  // The comment of an overloaded function stands above the first of its heads.
  const functions = file.getFunctions().filter((node) => node.isExported() && !node.getOverloads().some(isDocumented));
  return [
    ...named.map((node) => ({ node, name: node.getName() ?? 'class' })),
    ...functions.map((node) => ({ node, name: node.getName() ?? 'function' })),
    ...variables.map((node) => ({
      node,
      name: node
        .getDeclarations()
        .map((variable) => variable.getName())
        .join(', '),
    })),
  ];
}

function interfaceMembers(declaration: InterfaceDeclaration): readonly Member[] {
  return [...declaration.getProperties(), ...declaration.getMethods()];
}

function doesSomething(member: Node): boolean {
  const type = Node.isPropertySignature(member) || Node.isPropertyDeclaration(member) ? member.getTypeNode() : undefined;
  return (
    Node.isMethodSignature(member) ||
    Node.isMethodDeclaration(member) ||
    Node.isGetAccessorDeclaration(member) ||
    Node.isFunctionTypeNode(type)
  );
}

function classMembers(declaration: ClassDeclaration, interfaces: ReadonlyMap<string, ReadonlySet<string>>): readonly Member[] {
  const demanded = declaration
    .getImplements()
    .flatMap((clause) => [...clause.getDescendants(), clause])
    .flatMap((node) => [...(Node.isIdentifier(node) ? (interfaces.get(node.getText()) ?? []) : [])]);
  const members = [
    ...declaration.getMethods(),
    ...declaration.getStaticMethods(),
    ...declaration.getGetAccessors(),
    ...declaration.getProperties().filter((property) => Node.isPropertyDeclaration(property)),
  ];
  return [...new Set(members)].filter((member) => {
    const name = member.getName();
    const isHidden = name.startsWith('#') || name.startsWith('[') || member.getScope() === 'private';
    return !isHidden && !member.hasModifier(SyntaxKind.OverrideKeyword) && !demanded.includes(name);
  });
}

/** Names of the members of every interface, those of the interfaces that it extends included. Interfaces of one name count together. */
function membersOfInterfaces(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const declarations = files.flatMap((file) => file.getInterfaces());
  const found = new Map<string, Set<string>>();
  for (const declaration of declarations) {
    const names = found.get(declaration.getName()) ?? new Set();
    for (const member of interfaceMembers(declaration)) {
      names.add(member.getName());
    }
    found.set(declaration.getName(), names);
  }
  for (const declaration of declarations) {
    for (const base of declaration.getExtends()) {
      for (const name of found.get(base.getExpression().getText()) ?? []) {
        found.get(declaration.getName())?.add(name);
      }
    }
  }
  return found;
}
