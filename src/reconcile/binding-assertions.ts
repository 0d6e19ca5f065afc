import { reasons } from '../api/index.ts';
import { type HoldersSnapshot, type Holding, type SubjectRef, subjectKey } from '../model/index.ts';
import { type BindingInput, type HoldersPlan, permissionsHash } from '../plan/index.ts';
import { getCondition } from '../status/index.ts';
import type { Failures } from './binding-changes.ts';
import type { BindingHost } from './binding-deletion.ts';
import { type Member, recordedOf } from './binding-members.ts';
import type { ReconcileKey } from './keys.ts';

/**
 * Who holds a role at a provider that doesn't tell: what the RoleBindings have on record. A binding whose grants are due to be sent again
 * counts as if nobody held what it wants, so that all of it is in the plan.
 */
export class Assertions {
  readonly #run: BindingHost;
  readonly #members: readonly Member[];
  readonly #absent: readonly BindingInput[];
  readonly #hashes = new Map<ReconcileKey, string>();
  readonly #due = new Set<ReconcileKey>();

  /** `absent`: bindings that can't take part, of which those count that are of this account for sure. */
  constructor(run: BindingHost, members: readonly Member[], absent: readonly BindingInput[]) {
    this.#run = run;
    this.#members = members;
    this.#absent = absent.filter(({ state }) => state === 'frozen');
    for (const member of members) {
      const hash = hashOf(member);
      this.#hashes.set(member.target.key, hash);
      if (this.waitMs(member) === 0) this.#due.add(member.target.key);
    }
  }

  /** The hash of what a binding wants sent. */
  hash(key: ReconcileKey): string {
    return this.#hashes.get(key) ?? '';
  }

  /** How long until the grants of a binding are sent again, in milliseconds; 0: now. */
  waitMs({ target }: Member): number {
    const { lanes, work } = this.#run;
    const { status, metadata } = target.binding;
    const hash = this.hash(target.key);
    if (target.state !== 'active') return Number.POSITIVE_INFINITY;
    if (status?.assertedHash !== hash || !isDone(target) || target.requested !== undefined) return 0;
    const now = lanes.deps.clock.now();
    const next = now + lanes.nextLook(target, work.group).delayMs;
    const known = lanes.assertions.get(target.key);
    const dueAt = known?.uid === metadata.uid && known?.hash === hash ? Math.min(known.dueAt, next) : next;
    lanes.assertions.set(target.key, { uid: metadata.uid ?? '', hash, dueAt });
    return Math.max(0, dueAt - now);
  }

  /** What was sent is sent again one interval later. */
  sent({ target }: Member): void {
    const { lanes, work } = this.#run;
    const dueAt = lanes.deps.clock.now() + lanes.nextLook(target, work.group).delayMs;
    lanes.assertions.set(target.key, { uid: target.binding.metadata.uid ?? '', hash: this.hash(target.key), dueAt });
  }

  /** Who holds what as far as the records go. */
  before(): HoldersSnapshot {
    const roles = new Map<string, { readonly subject: SubjectRef; readonly roles: Set<string> }>();
    for (const { target } of this.#members) {
      for (const subject of recordedOf(target)) addTo(roles, subject, target.role.slug);
    }
    for (const { role, recorded } of this.#absent) for (const subject of recorded) addTo(roles, subject, role);
    for (const member of this.#members) {
      if (!this.#due.has(member.target.key)) continue;
      for (const subject of member.subjects.wanted) roles.get(subjectKey(subject))?.roles.delete(member.target.role.slug);
    }
    return this.#snapshot([...roles.values()].map(({ subject, roles: held }) => ({ subject, roles: [...held].sort() })));
  }

  /** Who holds what after a plan was carried out, but for what failed. */
  after(before: HoldersSnapshot, plan: HoldersPlan, failures: Failures): HoldersSnapshot {
    const holdings = new Map(before.holdings);
    for (const { subject, add, remove } of plan.changes) {
      const key = subjectKey(subject);
      if (failures.has(key)) continue;
      const held = new Set([...(holdings.get(key)?.roles ?? []), ...add]);
      for (const slug of remove) held.delete(slug);
      holdings.set(key, { subject, roles: [...held].sort() });
    }
    return this.#snapshot([...holdings.values()]);
  }

  #snapshot(holdings: readonly Holding[]): HoldersSnapshot {
    const [first] = this.#members;
    return {
      organization: first?.target.role.organization ?? '',
      holdings: new Map(holdings.map((holding) => [subjectKey(holding.subject), holding])),
    };
  }
}

/** Whether all that was to be granted was sent. */
function isDone({ binding: { status } }: Member['target']): boolean {
  const synced = getCondition(status?.conditions, 'Synced');
  return synced?.status === 'True' || synced?.reason === reasons.PlanPending;
}

function addTo(roles: Map<string, { readonly subject: SubjectRef; readonly roles: Set<string> }>, subject: SubjectRef, slug: string): void {
  const key = subjectKey(subject);
  const entry = roles.get(key) ?? { subject, roles: new Set<string>() };
  entry.roles.add(slug);
  roles.set(key, entry);
}

/** Of whom a binding grants what, and where. */
function hashOf({ target, subjects }: Member): string {
  const { connection, role } = target;
  return permissionsHash([`at ${connection.account}`, `role ${role.organization} ${role.slug}`, ...subjects.wanted.map(subjectKey)]);
}
