import { Project, type SourceFile } from 'ts-morph';
import { locationOf, type Problems } from '../problems.ts';
import { checkApi } from './checks.ts';
import type { Api } from './model.ts';
import { readKinds } from './read-kinds.ts';
import { type ReasonList, readReasons } from './read-reasons.ts';

/** Where the API types come from, and how the group and version are called. */
export interface ApiSource {
  readonly files: readonly SourceFile[];
  readonly group: string;
  readonly version: string;
}

/** Opens the files of the API room; generated ones lie deeper and aren't read. */
export function openApiFiles(root: string): readonly SourceFile[] {
  const project = new Project({ tsConfigFilePath: `${root}/tsconfig.json`, skipAddingFilesFromTsConfig: true });
  return project.addSourceFilesAtPaths([`${root}/src/api/*.ts`, `!${root}/src/api/*.test.ts`]);
}

/** Reads all kinds. The result is complete only when `problems` stayed empty. */
export function readApi(source: ApiSource, problems: Problems): Api {
  const api: Api = { group: source.group, version: source.version, kinds: readKinds(source.files, problems) };
  checkApi(api, problems);
  return api;
}

/** Reasons of conditions and of Events. */
export interface Reasons {
  readonly conditions: ReasonList;
  readonly events: ReasonList;
}

/** Reads the constant objects `reasons` and `eventReasons`. */
export function readAllReasons(files: readonly SourceFile[], problems: Problems): Reasons {
  const file = files.find((candidate) => candidate.getVariableDeclaration('reasons') !== undefined) ?? files[0];
  if (file === undefined) throw new Error('No API source file was found.');
  if (file.getVariableDeclaration('reasons') === undefined) problems.add(locationOf(file), 'No file declares the constant object reasons.');
  return { conditions: readReasons(file, 'reasons', problems), events: readReasons(file, 'eventReasons', problems) };
}
