import type { HoldersSnapshot, HoldingChange, SubjectObstacle, SubjectRef } from '../model/index.ts';

/** One RoleBinding of an organization, resolved. */
export interface BindingInput {
  /** `RoleBinding/namespace/name`; unique. */
  readonly key: string;
  /** Sorts before the `age` of every younger binding; unique. */
  readonly age: string;
  /** Canonical slug of the role that it grants. */
  readonly role: string;
  readonly mode: 'Additive' | 'Authoritative';
  /**
   * `active` takes part. `frozen` (suspended, or its Role or provider isn't ready) keeps what it has on record: nothing is granted or
   * revoked for it, but for what has `lapsed`. `ending` (being deleted) wants nobody, whatever `wanted` says. `unsure`: whether it is
   * a binding of this account can't be told now; nobody is revoked of what it wants or has on record, and nobody takes that over.
   */
  readonly state: 'active' | 'frozen' | 'ending' | 'unsure';
  /** Whom it wants to hold the role now, as found at the provider; in any order, unique by `subjectKey`. */
  readonly wanted: readonly SubjectRef[];
  /** Whose grant of the role it has on record as its own; in any order. */
  readonly recorded: readonly SubjectRef[];
  /** Of `recorded`, what a frozen binding lets go all the same, because it isn't listed any more or its time is over; in any order. */
  readonly lapsed?: readonly SubjectRef[];
  /** It is frozen for a moment only, so nobody is revoked of what it wants, whoever granted it. */
  readonly isMomentary?: boolean;
  /** Whether an inactive subject may be made active to be granted the role. */
  readonly reactivate: boolean;
}

/** What a plan of who holds what is made from. */
export interface HoldersPlanInput {
  readonly organization: string;
  /** All bindings of the organization, also those for which there is nothing to do: a role that none of them names is never touched. */
  readonly bindings: readonly BindingInput[];
  readonly holders: HoldersSnapshot;
  /** Whether a subject can hold several roles. */
  readonly multipleRoles: boolean;
  /** The role that the provider leaves to whoever has no other, canonical. */
  readonly fallbackRole?: string;
  /**
   * Fewest holders that a role may be left with, by canonical slug; 0 where absent. Inactive and invited subjects don't count. A role that
   * would be left with fewer is revoked of nobody.
   */
  readonly minHolders: ReadonlyMap<string, number>;
  /**
   * Roles, canonical, of which not everybody is known whom their bindings name: an Authoritative binding then revokes nobody of them whom
   * no binding granted it. None unless given.
   */
  readonly incomplete?: ReadonlySet<string>;
  /** Roles that aren't revoked of a subject now because that waits for approval, by `subjectKey`. None unless given. */
  readonly heldBack?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Why a subject isn't as a binding wants it. */
export type HoldingFailureReason = 'Conflict' | 'HoldsOtherRole' | 'MinHolders' | 'Undecided' | SubjectObstacle['reason'];

/** One subject that isn't as a binding wants it. */
export interface HoldingFailure {
  readonly subject: SubjectRef;
  readonly reason: HoldingFailureReason;
  /** In one line, with what to do; equal for equal facts. */
  readonly message: string;
}

/** What a plan means to one binding. All lists are sorted by `subjectKey` and hold a subject once. */
export interface BindingPlan {
  /** Whom it wants, who holds the role now and does so after the plan. */
  readonly held: readonly SubjectRef[];
  /** Whom it wants and whom the plan grants the role. */
  readonly granting: readonly SubjectRef[];
  /** Whose role the plan revokes because of this binding: its own grants that nobody wants, and everybody else's for an Authoritative one. */
  readonly revoking: readonly SubjectRef[];
  /**
   * Its record while the plan is carried out and afterwards, until the next look. Whoever is in `revoking` leaves it when seen not to hold
   * the role any more. A binding that is being deleted may go when this is empty.
   */
  readonly own: readonly SubjectRef[];
  /**
   * `own`, and what it lets go while the role is held, because another binding takes it over. Stored for every binding before any change is
   * sent, and before any record is shortened to `own` or a binding goes: a process that dies in between then loses no grant, in whatever
   * order the records are written.
   */
  readonly announce: readonly SubjectRef[];
  /** Of `own`, what it takes over from the record of another binding of the same role. */
  readonly inherited: readonly SubjectRef[];
  /** One at most for a subject. */
  readonly failures: readonly HoldingFailure[];
  /** Whether the plan grants and revokes nothing for it. Failures are no changes. */
  readonly done: boolean;
}

/** Who is granted and revoked what in one organization, and what it means to each binding. */
export interface HoldersPlan {
  /** One for each subject that changes, sorted by `subjectKey`. */
  readonly changes: readonly HoldingChange[];
  /** By the binding's `key`, sorted by it. */
  readonly bindings: ReadonlyMap<string, BindingPlan>;
  /**
   * Roles, sorted, that keep their `minHolders` only because this plan grants them to somebody: whoever carries it out revokes them last,
   * and not at all when one of those grants failed.
   */
  readonly grantFirst: readonly string[];
}
