import type { BlastRadius } from '../model/index.ts';
import { quoteName, quoteNames } from './names.ts';
import { sortedUnique } from './sets.ts';

/** How far a role reaches. */
export type BlastRadiusLevel = BlastRadius['level'];

/** From harmless to everything. */
export const blastRadiusLevels: readonly BlastRadiusLevel[] = ['low', 'medium', 'high', 'admin'];

/** What is known of a role whose provider doesn't estimate how far it reaches. */
export interface BlastRadiusInput {
  /** The role's permissions, in any order. */
  readonly permissions: readonly string[];
  /** Number of subjects that hold the role. Undefined: not known, which raises nothing. */
  readonly holders?: number | undefined;
}

/** From this number on, permissions by their number alone make a role reach further. */
export const manyPermissions = 50;
/** From this number on, holders by their number alone make a role reach further. */
export const manyHolders = 100;

const mostWarnings = 20;
const namesInSummary = 3;

// The lists are part of docs/guardrails.md, which a test compares with them.

/** Words that reach far wherever they stand, also when what follows only reads: nobody can tell which of the two is the verb. */
export const farWords: ReadonlySet<string> = new Set(
  `admin administer administrate administration administrator assign assume bypass delete destroy elevate erase escalate exec
  execute grant impersonate manage masquerade override owner purge remove revoke root sudo superuser truncate unassign wipe`.split(/\s+/),
);
/** Ends of words that reach far: some providers write the resource and the verb as one word, for example `rolemanage`. */
export const farEnds: readonly string[] = ['admin', 'administer', 'delete', 'manage'];
/** What may not even be read without reaching far: it opens other doors. */
export const secretWords: ReadonlySet<string> = new Set('credential credentials password passwords secret secrets'.split(' '));
/** What decides who may do what: whoever changes it can take the rest. */
export const accessWords: ReadonlySet<string> = new Set('acl iam permission permissions policies policy role roles'.split(' '));
/** What makes everything of its kind out of one thing, unless the permission only reads. */
export const sweepingWords: ReadonlySet<string> = new Set('all any everything full'.split(' '));
/** Words that change something: with one of them a permission doesn't only read. */
export const writingWords: ReadonlySet<string> = new Set(
  `accept activate add append approve attach cancel change close connect create deactivate decline detach disable disconnect download
  edit enable export import insert mark merge modify move patch pay publish put reject rename reply reset restart restore resume rotate
  save send set submit suspend trigger unlock unpublish update upload upsert write`.split(/\s+/),
);
/** Words that only read, as the last word of a permission. */
export const readingWords: ReadonlySet<string> = new Set(
  'browse count describe get inspect list lookup read readonly search show view watch'.split(' '),
);
/** Those of `readingWords` that only read as the first word too; the others may name a thing there, a list or a view. */
export const leadingReadingWords: ReadonlySet<string> = new Set(['get', 'read']);
/** Words after the verb that say of what, not to do what. */
export const qualifiers: ReadonlySet<string> = new Set('all any mine only own self'.split(' '));

/** How far one permission reaches. `warning` says why, from `high` on. */
interface Reach {
  readonly permission: string;
  readonly level: BlastRadiusLevel;
  readonly warning?: string;
}

/**
 * An estimate of how far a role reaches, for providers that make none themselves: by the words of its permissions, the number of
 * them and the number of holders. The order of permissions and repeated ones don't matter, and one permission or holder more never
 * lowers the level. The rules are in docs/guardrails.md.
 */
export function computeBlastRadius({ permissions, holders }: BlastRadiusInput): BlastRadius {
  const reaches = sortedUnique(permissions).map(reachOf);
  const highest = reaches.reduce<BlastRadiusLevel>((level, reach) => higher(level, reach.level), 'low');
  const crowds = crowdsOf(reaches.length, holders);
  const level = crowds.length === 0 ? highest : raised(highest);
  const reason = level === highest ? '' : ` Raised to ${level}: ${crowds.join(' and ')}.`;
  return { level, summary: `${summaryOf(reaches, highest)}${reason}`, warnings: warningsOf(reaches, crowds) };
}

/** Whether `level` reaches further than `limit`. What is no level at all reaches further than everything. */
export function isLevelAbove(level: BlastRadiusLevel, limit: BlastRadiusLevel): boolean {
  const rank = blastRadiusLevels.indexOf(level);
  return rank === -1 || rank > blastRadiusLevels.indexOf(limit);
}

function higher(left: BlastRadiusLevel, right: BlastRadiusLevel): BlastRadiusLevel {
  return isLevelAbove(left, right) ? left : right;
}

/** Numbers alone never make more than `high` of a role. */
function raised(level: BlastRadiusLevel): BlastRadiusLevel {
  if (level === 'low') return 'medium';
  return level === 'medium' ? 'high' : level;
}

/** What there is much of. The very numbers would change the text with every holder. A role without permissions reaches nothing. */
function crowdsOf(permissions: number, holders = 0): readonly string[] {
  if (permissions === 0) return [];
  return [
    ...(permissions >= manyPermissions ? [`${manyPermissions} or more permissions`] : []),
    ...(holders >= manyHolders ? [`${manyHolders} or more holders`] : []),
  ];
}

function reachOf(permission: string): Reach {
  const parts = permission.split(/[^\p{L}\p{M}\p{N}*]+/u).filter((part) => part !== '');
  const name = quoteName(permission);
  if (permission.includes('*')) {
    if (parts.every((part) => /^\*+$/.test(part))) return { permission, level: 'admin', warning: `${name} stands for every permission.` };
    return { permission, level: 'high', warning: `${name} stands for every permission that it matches, also for those to come.` };
  }
  const words = parts.flatMap(wordsOf);
  const why = whyFar(words);
  if (why !== undefined) return { permission, level: 'high', warning: `${name} ${why}.` };
  return { permission, level: onlyReads(words) ? 'low' : 'medium' };
}

/** `setIamPolicy` and `SetIAMPolicy` have three words. */
function wordsOf(part: string): readonly string[] {
  return part
    .replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .toLowerCase()
    .split(' ');
}

function whyFar(words: readonly string[]): string | undefined {
  const far = words.find((word) => farWords.has(word) || farEnds.some((end) => word.endsWith(end)));
  if (far !== undefined) return `has the far-reaching word ${quoteName(far)}`;
  const secret = words.find((word) => secretWords.has(word));
  if (secret !== undefined) return `concerns what opens other doors ("${secret}")`;
  if (onlyReads(words)) return undefined;
  const access = words.find((word) => accessWords.has(word));
  if (access !== undefined) return `does more than read what decides who may do what ("${access}")`;
  const sweeping = words.find((word) => sweepingWords.has(word));
  return sweeping === undefined ? undefined : `does more than read, and with "${sweeping}"`;
}

function onlyReads(words: readonly string[]): boolean {
  if (words.some((word) => writingWords.has(word))) return false;
  const last = words.findLast((word) => !qualifiers.has(word));
  return readingWords.has(last ?? '') || leadingReadingWords.has(words[0] ?? '');
}

function summaryOf(reaches: readonly Reach[], highest: BlastRadiusLevel): string {
  const total = reaches.length;
  if (total === 0) return 'It has no permissions.';
  if (highest === 'low') return total === 1 ? 'Its only permission only reads.' : `All ${total} permissions only read.`;
  const names = reaches.filter(({ level }) => level === highest).map(({ permission }) => permission);
  const what = {
    medium: ['does', 'do', 'more than read'],
    high: ['reaches', 'reach', 'far'],
    admin: ['stands', 'stand', 'for everything'],
  }[highest];
  const [one, several, rest] = what;
  return `${names.length} of ${total} permissions ${names.length === 1 ? one : several} ${rest}: ${quoteNames(names, namesInSummary)}.`;
}

/** The furthest-reaching ones where there are too many, sorted by their text. */
function warningsOf(reaches: readonly Reach[], crowds: readonly string[]): readonly string[] {
  const ofLevel = (wanted: BlastRadiusLevel): readonly string[] =>
    reaches.flatMap(({ level, warning }) => (level === wanted && warning !== undefined ? [warning] : []));
  const byWeight = [...ofLevel('admin'), ...crowds.map((crowd) => `It has ${crowd}.`), ...ofLevel('high')];
  return sortedUnique(byWeight.slice(0, mostWarnings));
}
