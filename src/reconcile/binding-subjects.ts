import type { OwnGrant, RoleBinding, Subject, SubjectFailure } from '../api/index.ts';
import { type NamedSubject, type SubjectLookup, type SubjectRef, subjectKey } from '../model/index.ts';

/** A grant that ends within this many milliseconds is told beforehand: a day. */
export const expiryNoticeMs = 86_400_000;

/** Whom a RoleBinding grants its role at one moment. Times in milliseconds since the epoch. */
export interface SubjectsNow {
  /** Each once, however often the spec has it. */
  readonly named: readonly NamedSubject[];
  /** Those whose grant has ended and whom nothing else in the binding names. */
  readonly ended: readonly NamedSubject[];
  /** Number of grants that end within a day. */
  readonly expiring: number;
  /** When the next grant begins or ends; undefined: never. */
  readonly nextTransition: number | undefined;
}

/** Whom a RoleBinding grants its role now: a grant begins at `notBefore` and has ended at `expiresAt`. */
export function subjectsAt({ spec, metadata }: RoleBinding, now: number): SubjectsNow {
  if (metadata.deletionTimestamp !== undefined) return { named: [], ended: [], expiring: 0, nextTransition: undefined };
  const current = new Map<string, { readonly subject: NamedSubject; readonly endsAt: number }>();
  const ended = new Map<string, NamedSubject>();
  let next = Number.POSITIVE_INFINITY;
  for (const entry of spec.subjects) {
    const beginsAt = timeOf(entry.notBefore, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const endsAt = timeOf(entry.expiresAt, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const key = nameKey(entry);
    if (beginsAt > now) next = Math.min(next, beginsAt);
    else if (endsAt > now) {
      current.set(key, { subject: namedSubject(entry), endsAt: Math.max(endsAt, current.get(key)?.endsAt ?? 0) });
      next = Math.min(next, endsAt);
    } else ended.set(key, namedSubject(entry));
  }
  return {
    named: [...current.values()].map(({ subject }) => subject),
    ended: [...ended].filter(([key]) => !current.has(key)).map(([, subject]) => subject),
    expiring: [...current.values()].filter(({ endsAt }) => endsAt - now <= expiryNoticeMs).length,
    nextTransition: next === Number.POSITIVE_INFINITY ? undefined : next,
  };
}

/** A subject as the manifest names it and as the provider knows it. */
export interface EndedGrant {
  readonly named: NamedSubject;
  readonly ref: SubjectRef;
}

/** Whose time is over, as far as an id or the record tells who they are. */
export function endedGrants(ended: readonly NamedSubject[], grants: readonly OwnGrant[]): readonly EndedGrant[] {
  const byEmail = new Map(grants.map((grant) => [grant.email?.toLowerCase(), grant]));
  return ended.flatMap((named): readonly EndedGrant[] => {
    const { kind, id, email } = named;
    const ref = id === undefined ? byEmail.get(email?.toLowerCase()) : { kind, id };
    return ref === undefined ? [] : [{ named, ref: { kind: ref.kind, id: ref.id } }];
  });
}

/** The subjects of a RoleBinding as the provider knows them. */
export interface ResolvedSubjects {
  /** Each once. */
  readonly wanted: readonly SubjectRef[];
  /** Number of subjects, found or not; one that is named by id and by address counts once. */
  readonly count: number;
  /** E-mail addresses by `subjectKey`, of those who were named so. */
  readonly emails: ReadonlyMap<string, string>;
  readonly failures: readonly SubjectFailure[];
  /** Somebody is named by an address of which nobody can tell whose it is, so somebody who holds the role may be meant by it. */
  readonly isIncomplete?: true;
}

/**
 * What was found of the named subjects. Somebody who was granted the role by e-mail and isn't found by it any more keeps it, and that
 * is reported: an address that changed must not lock anybody out.
 */
export function resolveSubjects(
  named: readonly NamedSubject[],
  lookups: readonly SubjectLookup[],
  grants: readonly OwnGrant[],
): ResolvedSubjects {
  const wanted = new Map<string, SubjectRef>();
  const emails = new Map<string, string>();
  const failures: SubjectFailure[] = [];
  let lost = 0;
  let isOpen = false;
  const byEmail = new Map(grants.flatMap((grant) => (grant.email === undefined ? [] : [[canonicalEmail(grant.email), grant] as const])));
  for (const [index, subject] of named.entries()) {
    const lookup = lookups[index] ?? { state: 'unknown', message: 'The provider said nothing about it.' };
    const kept = subject.email === undefined ? undefined : byEmail.get(canonicalEmail(subject.email));
    if (lookup.state !== 'found') failures.push(lookupFailure(subject, lookup, kept));
    const ref = lookup.state === 'found' ? lookup.subject : kept;
    if (ref === undefined) {
      lost += 1;
      isOpen ||= subject.email !== undefined;
      continue;
    }
    wanted.set(subjectKey(ref), { kind: ref.kind, id: ref.id });
    if (subject.email !== undefined) emails.set(subjectKey(ref), subject.email);
  }
  return { wanted: [...wanted.values()], count: wanted.size + lost, emails, failures, ...(isOpen ? { isIncomplete: true } : {}) };
}

/** What is known of the named subjects without asking: those named by id, and those who were granted the role by their address. */
export function withoutLookup(named: readonly NamedSubject[], grants: readonly OwnGrant[]): ResolvedSubjects {
  const lookups = named.map(
    ({ kind, id }): SubjectLookup => (id === undefined ? { state: 'unknown', message: '' } : { state: 'found', subject: { kind, id } }),
  );
  return { ...resolveSubjects(named, lookups, grants), failures: [] };
}

/** How a subject is named to people, for example `User alice@example.com`. */
export function subjectName({ kind, id, email }: NamedSubject): string {
  return `${kind} ${email ?? id}`;
}

function lookupFailure(
  subject: NamedSubject,
  lookup: Exclude<SubjectLookup, { readonly state: 'found' }>,
  kept: OwnGrant | undefined,
): SubjectFailure {
  const reason = { unknown: 'NotFound', ambiguous: 'Ambiguous', unsupported: 'Unsupported' }[lookup.state];
  const stays = kept === undefined ? '' : ` The grant that ${kept.id} got by this address stays until the entry is changed.`;
  const said = /[.!?]$/.test(lookup.message) ? lookup.message : `${lookup.message}.`;
  return { subject: subjectName(subject), reason, message: `${said}${stays}` };
}

function namedSubject({ kind = 'User', id, email }: Subject): NamedSubject {
  return { kind, ...(id === undefined ? {} : { id }), ...(email === undefined ? {} : { email: email.trim() }) };
}

/** Equal for entries that name the same subject as far as can be told without the provider. */
function nameKey({ kind = 'User', id, email }: Subject): string {
  return `${kind}/${id ?? canonicalEmail(email ?? '')}`;
}

function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** An API server lets times through that nobody can read, such as one with an offset of 99 hours: nothing is granted on their strength. */
function timeOf(text: string | undefined, absent: number, unreadable: number): number {
  if (text === undefined) return absent;
  // The API server lets a list through where a time belongs.
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? unreadable : time;
}
