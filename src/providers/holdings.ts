import type { HoldingChange, NamedSubject, SubjectLookup, SubjectRef } from '../model/index.ts';

/** Slugs in the order of every list of roles, each once. */
export function sortedRoles(roles: Iterable<string>): readonly string[] {
  return [...new Set(roles)].sort();
}

/** What a subject that holds `held` holds after a change, where it may hold any number of roles. Sorted. */
export function changedRoles(held: readonly string[], { add, remove }: Pick<HoldingChange, 'add' | 'remove'>): readonly string[] {
  // A role in both lists is granted and then revoked, as two calls would do it.
  const revoked = new Set(remove);
  return sortedRoles([...held, ...add].filter((role) => !revoked.has(role)));
}

/** Whether two lists name the same roles, in whatever order. */
export function sameRoles(a: readonly string[], b: readonly string[]): boolean {
  const names = new Set(a);
  return names.size === new Set(b).size && b.every((role) => names.has(role));
}

/** How the subjects of one provider are found. */
export interface SubjectFinder {
  /** A subject that is named by id, or of which the provider has no such kind. */
  byID(subject: { readonly kind: NamedSubject['kind']; readonly id: string }): SubjectLookup | Promise<SubjectLookup>;
  /** A user, by an address without white space around it. */
  byEmail(email: string): Promise<SubjectLookup>;
  /** Why no subject of this kind can hold a role; undefined where one can. */
  refusedKind(kind: NamedSubject['kind']): string | undefined;
}

/** Finds each subject by itself, in order. An address that is named more than once is asked for once. */
export async function findSubjects(subjects: readonly NamedSubject[], finder: SubjectFinder): Promise<readonly SubjectLookup[]> {
  const asked = new Map<string, SubjectLookup>();
  const results: SubjectLookup[] = [];
  for (const subject of subjects) results.push(await findSubject(subject, finder, asked));
  return results;
}

async function findSubject(subject: NamedSubject, finder: SubjectFinder, asked: Map<string, SubjectLookup>): Promise<SubjectLookup> {
  const refused = finder.refusedKind(subject.kind);
  if (refused !== undefined) return { state: 'unsupported', message: refused };
  if (subject.id !== undefined) return finder.byID({ kind: subject.kind, id: subject.id });
  const email = subject.email?.trim() ?? '';
  if (email === '') return { state: 'unknown', message: 'the subject has neither an id nor an e-mail address' };
  const known = asked.get(email) ?? (await finder.byEmail(email));
  asked.set(email, known);
  return known;
}

/** A user who was found. */
export function foundUser(id: string): SubjectLookup {
  return { state: 'found', subject: { kind: 'User', id } };
}

/** How messages call a subject of an organization. */
export function nameOfSubject({ kind, id }: SubjectRef, organization: string): string {
  const names = { User: 'user', Group: 'group', ServiceAccount: 'service account' } as const;
  return `${names[kind]} ${shown(id)} of organization ${organization}`;
}

/** An id as it came from a provider may be anything; what people are shown is one short line. */
function shown(id: string): string {
  return id
    .slice(0, 200)
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ');
}
