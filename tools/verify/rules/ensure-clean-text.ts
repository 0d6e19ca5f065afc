import type { AddProblem } from '../problem.ts';

/** A file of the repository that is text. */
export interface TextFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Something that must not stand in any file. */
export interface ForbiddenText {
  readonly pattern: RegExp;
  /** What it is, as the rest of "must not stand here:". */
  readonly reason: string;
}

/** Folders at the root of a machine in which developers and builds work; what comes before tells them from folders of the project. */
const machineFolder = /(?<![\w.~}-])\/(work|root|home\/[a-z][\w-]*|Users\/\w+)\//;
const registryHost = /\b(registry\.(npmjs\.org|yarnpkg\.com)|(proxy|sum)\.golang\.org|pypi\.org\/simple)\b/;

/** What is forbidden on every machine. */
export const alwaysForbidden: readonly ForbiddenText[] = [
  { pattern: machineFolder, reason: 'a path of one machine' },
  { pattern: registryHost, reason: 'the host of a package registry, which is a setting of each machine' },
];

/** No file holds what is true on one machine only. */
export function ensureCleanText(
  files: readonly TextFile[],
  addProblem: AddProblem,
  forbidden: readonly ForbiddenText[] = alwaysForbidden,
): void {
  for (const { path, text } of files) {
    for (const [index, line] of text.split('\n').entries()) {
      for (const { pattern, reason } of forbidden.filter((candidate) => candidate.pattern.test(line))) {
        addProblem({ filePath: path, lineNumber: index + 1, message: `must not stand here: ${pattern.exec(line)?.[0]} (${reason})` });
      }
    }
  }
}

/** What is forbidden because of this machine: where the repository lies, and the registries that are configured. */
export function forbiddenOnThisMachine(root: string, env: Readonly<Record<string, string | undefined>>): readonly ForbiddenText[] {
  const registries = [env.npm_config_registry, ...(env.GOPROXY ?? '').split(/[,|]/)]
    .filter((text) => text !== undefined && URL.canParse(text))
    .map((text) => new URL(text as string).host)
    .filter((host) => host !== '');
  return [
    { pattern: literally(root), reason: 'where the repository lies on this machine' },
    ...registries.map((host) => ({ pattern: literally(host), reason: 'the registry of this machine' })),
  ];
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
