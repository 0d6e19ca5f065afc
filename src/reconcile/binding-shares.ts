import { type HoldingChange, subjectKey } from '../model/index.ts';
import type { HoldersPlan } from '../plan/index.ts';
import { keysOf, type Member, recordedOf } from './binding-members.ts';
import { ageOf, type BindingTarget } from './binding-target.ts';
import type { Connection } from './connections.ts';

/** What is changed for one subject through one connection. */
export interface Share {
  readonly changer: BindingTarget;
  readonly change: HoldingChange;
}

/**
 * Who asked for what. A change is made with the credentials of those who asked for it: two namespaces may reach one organization, each with
 * credentials of its own, and neither may come to grant or revoke with those of the other what its own wouldn't let it.
 */
export class Askers {
  /** The RoleBindings for whose sake a role is granted or revoked, oldest first, by subject and role. */
  readonly #asked = new Map<string, BindingTarget[]>();
  /** Subjects and roles that RoleBindings of a connection want or have on record. */
  readonly #concerns = new Map<Connection, Set<string>>();
  readonly #members: readonly Member[];
  readonly #canSplit: boolean;
  readonly #isShared: boolean;

  /** `canSplit`: a subject may hold several roles, so that one change can be made as several. */
  constructor(members: readonly Member[], plan: HoldersPlan, canSplit: boolean) {
    this.#members = members;
    this.#canSplit = canSplit;
    this.#isShared = new Set(members.map(({ target }) => target.connection)).size > 1;
    const aged = members.map((member) => ({ member, age: ageOf(member.target.binding) }));
    for (const { member } of aged.sort((a, b) => (a.age < b.age ? -1 : 1))) {
      const { target } = member;
      const { granting = [], revoking = [] } = plan.bindings.get(target.key) ?? {};
      for (const key of keysOf([...granting, ...revoking])) this.#add(placeOf(key, target.role.slug), target);
      if (this.#isShared) this.#addConcerns(member);
    }
  }

  /** Who asked for what a change does. */
  of({ subject, add, remove }: HoldingChange): readonly BindingTarget[] {
    const key = subjectKey(subject);
    return [...new Set([...add, ...remove].flatMap((role) => this.#at(key, role)))];
  }

  /**
   * A change in parts, one for each connection, those that grant first. Where a subject holds one role only, an exchange stays whole and is
   * made by whoever grants.
   */
  sharesOf(change: HoldingChange): readonly Share[] {
    const [first] = this.of(change);
    if (first === undefined) throw new Error(`nobody asked for the change of ${subjectKey(change.subject)}`);
    if (!this.#isShared) return [{ changer: first, change }];
    if (this.#canSplit || change.add.length === 0) return this.#split(change);
    const [granter = first] = this.of({ ...change, remove: [] });
    return [{ changer: granter, change }];
  }

  /**
   * What is revoked all the same when an exchange can't be made: roles that nobody wants the subject to hold any more, through the
   * connections of others than the one that failed.
   */
  withoutGrant({ changer, change }: Share): readonly Share[] {
    if (!this.#isShared || this.#canSplit || change.add.length === 0) return [];
    const key = subjectKey(change.subject);
    const isOthers = (role: string): boolean => this.#at(key, role).every(({ connection }) => connection !== changer.connection);
    const remove = change.remove.filter((role) => isOthers(role) && !this.#isWanted(key, role));
    const kept = change.remove.filter((role) => !remove.includes(role));
    const next = [...change.next.filter((role) => !change.add.includes(role)), ...kept].sort();
    return remove.length === 0 ? [] : this.#split({ ...change, add: [], remove, next });
  }

  #split(change: HoldingChange): readonly Share[] {
    const key = subjectKey(change.subject);
    const parts = new Map<Connection, { readonly changer: BindingTarget; readonly add: string[]; readonly remove: string[] }>();
    for (const kind of ['add', 'remove'] as const) {
      for (const role of change[kind]) {
        const [changer] = this.#at(key, role);
        if (changer === undefined) throw new Error(`nobody asked for the change of ${key} and ${role}`);
        const part = parts.get(changer.connection) ?? { changer, add: [], remove: [] };
        part[kind].push(role);
        parts.set(changer.connection, part);
      }
    }
    return [...parts.values()].map(({ changer, add, remove }) => ({ changer, change: this.#partOf(change, changer, { add, remove }) }));
  }

  /** A provider that takes a whole set gets what the connection's own RoleBindings say of the subject: it leaves alone what isn't in it. */
  #partOf(change: HoldingChange, { connection }: BindingTarget, { add, remove }: Pick<HoldingChange, 'add' | 'remove'>): HoldingChange {
    const key = subjectKey(change.subject);
    const changed = new Set([...change.add, ...change.remove]);
    const own = new Set([...add, ...remove]);
    const managed = change.managed.filter(
      (role) => own.has(role) || (!changed.has(role) && this.#concerns.get(connection)?.has(placeOf(key, role)) === true),
    );
    return { ...change, add, remove, managed, next: change.next.filter((role) => managed.includes(role)) };
  }

  #isWanted(key: string, role: string): boolean {
    return this.#members.some(
      ({ target, subjects }) => target.role.slug === role && target.state !== 'ending' && keysOf(subjects.wanted).has(key),
    );
  }

  #add(place: string, target: BindingTarget): void {
    const asked = this.#asked.get(place);
    if (asked === undefined) this.#asked.set(place, [target]);
    else asked.push(target);
  }

  #addConcerns({ target, subjects }: Member): void {
    const concerns = this.#concerns.get(target.connection) ?? new Set<string>();
    for (const key of keysOf([...subjects.wanted, ...recordedOf(target)])) concerns.add(placeOf(key, target.role.slug));
    this.#concerns.set(target.connection, concerns);
  }

  #at(key: string, role: string): readonly BindingTarget[] {
    return this.#asked.get(placeOf(key, role)) ?? [];
  }
}

function placeOf(key: string, role: string): string {
  return `${key} ${role}`;
}
