/** What can hold a role. */
export type SubjectKind = 'User' | 'Group' | 'ServiceAccount';

/** Who holds roles, by the provider's own id. */
export interface SubjectRef {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** A subject as a manifest names it: by `id` or, a user only, by `email`. */
export interface NamedSubject {
  readonly kind: SubjectKind;
  readonly id?: string;
  readonly email?: string;
}

/** What became of looking for a subject. `message` says why not, and what to do. */
export type SubjectLookup =
  | { readonly state: 'found'; readonly subject: SubjectRef }
  /** `unknown`: there is none; `ambiguous`: there are several; `unsupported`: the provider has no such kind of subject, or no way to find one by e-mail. */
  | { readonly state: 'unknown' | 'ambiguous' | 'unsupported'; readonly message: string };

/** Why a subject's roles must not be changed now. Reported and not fought. */
export interface SubjectObstacle {
  /** `Inactive`: suspended or deactivated; `Pending`: invited and not there yet; `DirectoryManaged`: a directory decides its roles. */
  readonly reason: 'Inactive' | 'Pending' | 'DirectoryManaged';
  /** In one line, with what to do. */
  readonly message: string;
}

/** What one subject holds in one organization. */
export interface Holding {
  readonly subject: SubjectRef;
  /** Canonical slugs, sorted and unique: those that were asked for, and others as far as the provider tells. */
  readonly roles: readonly string[];
  readonly obstacle?: SubjectObstacle;
}

/** Who holds roles in one organization, from one complete read: whoever isn't in it holds none of the roles that were asked for. */
export interface HoldersSnapshot {
  readonly organization: string;
  /** By `subjectKey`. */
  readonly holdings: ReadonlyMap<string, Holding>;
}

/** What to change for one subject in one organization: a sorted, immutable value. */
export interface HoldingChange {
  readonly organization: string;
  readonly subject: SubjectRef;
  /** Roles to grant, canonical and sorted. */
  readonly add: readonly string[];
  /** Roles to revoke, canonical and sorted. */
  readonly remove: readonly string[];
  /**
   * Every role of the organization that bindings manage, sorted: what is outside of it is never touched. A provider that takes such a set
   * gets it; the others change `add` and `remove` only.
   */
  readonly managed: readonly string[];
  /** Of `managed`, what the subject holds afterwards; sorted. */
  readonly next: readonly string[];
  /** What was seen before; undefined: the subject held none of the roles, or can't be read. */
  readonly previous?: Holding;
  /** Whether an inactive subject may be made active for it. */
  readonly reactivate: boolean;
}

/** What is known after a change. */
export interface HoldingApplied {
  /** All roles that the subject holds now, canonical and sorted, where the provider's answer said so. */
  readonly roles?: readonly string[];
  /** The role that the provider's own rules left the subject with, because it must have one; canonical. */
  readonly fallback?: string;
}

/** A text that is equal for equal subjects: `Kind/id`. */
export function subjectKey({ kind, id }: SubjectRef): string {
  return `${kind}/${id}`;
}
