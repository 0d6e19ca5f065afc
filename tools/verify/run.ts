import { Project } from 'ts-morph';
import type { AddProblem, Problem } from './problem.ts';
import { ensureCleanText, type ForbiddenText, type TextFile } from './rules/ensure-clean-text.ts';
import { ensureDocComments } from './rules/ensure-doc-comments.ts';
import { ensureInjectedTime } from './rules/ensure-injected-time.ts';
import { ensureNamedExports } from './rules/ensure-named-exports.ts';
import { ensureNoImportCycles } from './rules/ensure-no-import-cycles.ts';
import { ensureNoLooseEnds } from './rules/ensure-no-loose-ends.ts';
import { ensureOneEnvironment } from './rules/ensure-one-environment.ts';
import { ensurePackagesAtHome } from './rules/ensure-packages-at-home.ts';
import { ensureProviderNamesAtHome } from './rules/ensure-provider-names-at-home.ts';
import { ensurePureRooms } from './rules/ensure-pure-rooms.ts';
import { ensureRoomImports } from './rules/ensure-room-imports.ts';
import { ensureRoomIndexes } from './rules/ensure-room-indexes.ts';
import { ensureSizes } from './rules/ensure-sizes.ts';
import { ensureTestsRun } from './rules/ensure-tests-run.ts';

/** A rule on TypeScript files. */
export type Rule = (project: Project, addProblem: AddProblem) => void;

/** Every rule on TypeScript files. A new rule is one more line. */
export const rules: readonly Rule[] = [
  ensureRoomImports,
  ensureNoImportCycles,
  ensurePackagesAtHome,
  ensureOneEnvironment,
  ensureInjectedTime,
  ensurePureRooms,
  ensureProviderNamesAtHome,
  ensureNamedExports,
  ensureSizes,
  ensureRoomIndexes,
  ensureDocComments,
  ensureTestsRun,
  ensureNoLooseEnds,
];

const codeFolders = ['src/', 'test/', 'tools/', 'bench/'];

/** Checks all rules. `files` are the files of the repository; problems come by file and line. */
export function verify(files: readonly TextFile[], forbidden: readonly ForbiddenText[]): readonly Problem[] {
  const problems: Problem[] = [];
  const addProblem: AddProblem = (problem) => void problems.push(problem);
  const project = projectOf(files.filter(({ path }) => path.endsWith('.ts') && codeFolders.some((folder) => path.startsWith(folder))));
  for (const rule of rules) {
    rule(project, addProblem);
  }
  ensureCleanText(files, addProblem, forbidden);
  return problems.sort((a, b) => compare(a.filePath, b.filePath) || a.lineNumber - b.lineNumber || compare(a.message, b.message));
}

/** A project in memory whose root is the repository: rules see the same paths in every clone, and in tests. */
export function projectOf(files: readonly TextFile[]): Project {
  const project = new Project({ useInMemoryFileSystem: true });
  for (const { path, text } of files) {
    project.createSourceFile(`/${path}`, text);
  }
  return project;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
