import type { Condition, Role } from '../../../src/api/index.ts';
import { names } from '../../../src/api/index.ts';
import { type ObservedRole, ProviderError, type RoleRef } from '../../../src/model/index.ts';
import type { Effect, FakeCall, Fault } from '../../support/fake-provider.ts';
import type { Rig } from '../../support/rig.ts';

/** A read may serve the next turn for this long, in milliseconds. */
const reuseMs = 2_000;

/** Judges what happens at the provider by what is declared and by who made what. It knows the objects and the provider, not the operator. */
export class Oracle {
  readonly violations: string[] = [];
  /** Calls that nothing could have kept from acting on what had changed since the last read. */
  races = 0;
  readonly #rig: Rig;
  /** How long the operator may not have heard of a change in the cluster, in milliseconds. */
  readonly #lagMs: number;
  /** The Roles as they were before each change that the operator may not have heard of. */
  #past: { readonly until: number; readonly roles: readonly Role[] }[] = [];
  /** Who may have made a role, by its id: uids of Roles that it may have been made for, or `others`. */
  readonly #makers = new Map<string, ReadonlySet<string>>();
  /** Roles that others have changed. */
  readonly #tampered = new Set<string>();
  /** Permissions that others ever put into a role, by slug. */
  readonly #foreign = new Map<string, Set<string>>();
  /** When others last changed a slug, in monotonic milliseconds. */
  readonly #touched = new Map<string, number>();
  /** Roles as they were when their organization was last read. */
  readonly #seen = new Map<string, string>();
  /** Roles that were written and not read since. */
  readonly #unread = new Set<string>();
  /** Writes that were cut off and not repeated since, by slug, with the uid of the Role that they were made for. */
  readonly #cutOff = new Map<string, string>();
  /** Roles at the provider that must not be there any more in the end, by id, with the object that was to delete them. */
  readonly #doomed = new Map<string, string>();
  /** Roles at the provider that nobody may remove, by id. */
  readonly #retained = new Map<string, string>();

  constructor(rig: Rig, lagMs: number) {
    this.#rig = rig;
    this.#lagMs = lagMs;
    rig.kube.onWrite = (before, after) => this.#heed(before as Role, after as Role);
    rig.provider.onEffect = (effect) => this.#judge(effect);
    rig.provider.onCall = (call) => this.#hear(call);
    rig.provider.onOutcome = (call, fault) => this.#note(call, fault);
    rig.provider.onRead = (organization) => this.#remember(organization);
  }

  /** Somebody is about to change the cluster. */
  beforeChange(): void {
    this.#past.push({ until: this.#rig.clock.monotonic() + this.#lagMs, roles: this.#rig.kube.roles });
  }

  /** The process has died: what it had not written down is forgotten. */
  died(): void {
    for (const [key, uid] of this.#cutOff) {
      const role = this.#rig.kube.roles.find(({ metadata }) => metadata.uid === uid);
      const synced = role?.status?.conditions?.find(({ type }) => type === 'Synced');
      if (synced?.reason !== 'WriteUnconfirmed') this.#cutOff.delete(key);
    }
  }

  /** Nothing is written for a Role any more, so nothing is repeated either. */
  observedOnly(ref: RoleRef): void {
    this.#cutOff.delete(keyOf(ref));
  }

  /** Somebody else creates or changes a role. */
  othersPut(ref: RoleRef, permissions: readonly string[], other: Partial<ObservedRole> = {}): void {
    const before = this.#rig.provider.get(ref.organization, ref.slug);
    this.#touched.set(keyOf(ref), this.#rig.clock.monotonic());
    const role = this.#rig.provider.put(ref.organization, ref.slug, permissions, { ...before, ...other });
    if (before === undefined) this.#makers.set(role.externalID, new Set(['others']));
    else this.#tampered.add(role.externalID);
    const foreign = this.#foreign.get(keyOf(ref)) ?? new Set();
    for (const permission of permissions) foreign.add(permission);
    this.#foreign.set(keyOf(ref), foreign);
  }

  /** Somebody else removes a role. */
  othersRemove(ref: RoleRef): void {
    const role = this.#rig.provider.get(ref.organization, ref.slug);
    if (role?.system === true) return;
    this.#rig.provider.roles.delete(keyOf(ref));
    this.#touched.set(keyOf(ref), this.#rig.clock.monotonic());
    this.#cutOff.delete(keyOf(ref));
    if (role !== undefined) {
      this.#doomed.delete(role.externalID);
      this.#retained.delete(role.externalID);
    }
  }

  /** Somebody deletes a Role object. Call it before the object is deleted. */
  deleting(role: Role, providerLost: boolean): void {
    const ref = refOf(role);
    const held = this.#rig.provider.get(ref.organization, ref.slug);
    if (held === undefined || role.metadata.deletionTimestamp !== undefined) return;
    const name = `${role.metadata.namespace}/${role.metadata.name}`;
    if (role.spec.deletionPolicy !== 'Delete') {
      if (this.#objects(ref).length === 1) this.#retained.set(held.externalID, name);
      return;
    }
    const isHeld = role.metadata.finalizers?.includes(names.externalRoleFinalizer) === true || isReady(role);
    const heirs = this.#claimants(ref).filter(({ metadata }) => metadata.uid !== role.metadata.uid);
    if (
      isHeld &&
      !providerLost &&
      !held.system &&
      heirs.length === 0 &&
      role.spec.managementMode !== 'Observe' &&
      acknowledged(role, held)
    ) {
      this.#doomed.set(held.externalID, name);
    }
  }

  /** An object was declared or its policy changed, or its provider was lost: what was to go may now stay. */
  pardon(ref?: RoleRef): void {
    if (ref === undefined) this.#doomed.clear();
    const held = ref === undefined ? undefined : this.#rig.provider.get(ref.organization, ref.slug);
    if (held === undefined) return;
    this.#doomed.delete(held.externalID);
    this.#retained.delete(held.externalID);
  }

  /** What is wrong once faults have ended and time has passed. */
  final(): readonly string[] {
    const wrong = [...this.violations];
    for (const role of this.#rig.kube.roles) wrong.push(...this.#judgeObject(role));
    for (const role of this.#rig.provider.roles.values()) {
      const by = this.#doomed.get(role.externalID);
      if (by !== undefined) wrong.push(`${keyOf(role.ref)} still exists although ${by} was deleted with Delete`);
    }
    const left = new Set([...this.#rig.provider.roles.values()].map(({ externalID }) => externalID));
    for (const [id, by] of this.#retained) if (!left.has(id)) wrong.push(`${id} is gone although ${by} was deleted with Retain`);
    return wrong;
  }

  /** A create of a role that is there, was there when it was last read, and is known to be ours: it can only rest on a bad read. */
  #hear({ operation, detail }: FakeCall): void {
    const [action, key = ''] = detail.split(' ');
    const held = this.#rig.provider.roles.get(key);
    if (operation !== 'apply' || action !== 'create' || held === undefined) return;
    const [winner] = this.#claimants(held.ref);
    const wasSeen = this.#seen.get(key) === JSON.stringify(held);
    if (wasSeen && winner !== undefined && acknowledged(winner, held)) this.violations.push(`create ${key}: it exists and is known`);
  }

  #note({ operation, detail }: FakeCall, fault: Fault | undefined): void {
    const key = detail.split(' ')[1] ?? '';
    if (operation !== 'apply') return;
    const [organization = '', slug = ''] = key.split('/');
    if (fault === undefined) this.#cutOff.delete(key);
    else if (fault.error instanceof ProviderError && fault.error.details.ambiguous === true) {
      const winners = this.#situations({ organization, slug }).map(({ claimants }) => claimants[0]?.metadata.uid ?? '');
      // Made for one that has lost its claim since it is nobody's to repeat.
      this.#cutOff.set(key, new Set(winners).size === 1 ? (winners[0] ?? '') : '');
    }
  }

  /** Nothing becomes ready that wasn't read back. */
  #heed(before: Role, after: Role): void {
    if (after.kind !== 'Role' || after.spec.managementMode === 'Observe' || !isReady(after) || isReady(before)) return;
    const key = keyOf(refOf(after));
    if (this.#unread.has(key)) this.violations.push(`${after.metadata.name} became ready before ${key} was read back`);
  }

  #remember(organization: string): void {
    for (const key of [...this.#unread]) if (key.startsWith(`${organization}/`)) this.#unread.delete(key);
    for (const key of [...this.#seen.keys()]) if (key.startsWith(`${organization}/`)) this.#seen.delete(key);
    for (const [key, role] of this.#rig.provider.roles) if (key.startsWith(`${organization}/`)) this.#seen.set(key, JSON.stringify(role));
  }

  /** Right is what is right by what the cluster says, or said so lately that the operator may not have heard. */
  #judge(effect: Effect): void {
    const { ref, before, after } = effect;
    this.#unread.add(keyOf(ref));
    const now = this.#rig.clock.monotonic();
    const isSeen = this.#seen.get(keyOf(ref)) === (before === undefined ? undefined : JSON.stringify(before));
    const isRace = !isSeen || now - (this.#touched.get(keyOf(ref)) ?? Number.NEGATIVE_INFINITY) <= reuseMs;
    if (isRace) this.races += 1;
    const judge = effect.operation === 'remove' ? judgeRemoval : judgeWrite;
    const rightful = this.#situations(ref).filter((situation) => judge(situation, effect, isRace).length === 0);
    if (rightful.length === 0) {
      const faults = judge(this.#situation(this.#rig.kube.roles, ref), effect, isRace);
      this.violations.push(...faults.map((what) => `${effect.operation} ${keyOf(ref)}: ${what}`));
    }
    const makers = rightful.map(({ claimants }) => claimants[0]?.metadata.uid ?? '');
    if (before === undefined && after !== undefined) this.#makers.set(after.externalID, new Set(makers));
  }

  /** As the cluster says it is, and as the operator may still believe it to be. */
  #situations(ref: RoleRef): readonly Situation[] {
    const now = this.#rig.clock.monotonic();
    this.#past = this.#past.filter(({ until }) => until >= now);
    const current = this.#rig.kube.roles;
    const states = this.#past.flatMap(({ roles }) => [roles, withDeletions(roles, current)]);
    return [current, ...states].map((roles) => this.#situation(roles, ref));
  }

  #situation(roles: readonly Role[], ref: RoleRef): Situation {
    const objects = roles.filter((role) => keyOf(refOf(role)) === keyOf(ref));
    return {
      objects,
      claimants: claimantsOf(objects),
      isOurs: (role, held) => this.#makers.get(held.externalID)?.has(role.metadata.uid ?? '') === true || acknowledged(role, held),
      isRetained: (held) => this.#retained.has(held.externalID),
    };
  }

  #judgeObject(role: Role): readonly string[] {
    const ref = refOf(role);
    const name = `${role.metadata.namespace}/${role.metadata.name} (${keyOf(ref)})`;
    const wrong = (what: string): readonly string[] => [`${name}: ${what}; ${JSON.stringify(role.status?.conditions?.map(short))}`];
    if (role.metadata.deletionTimestamp !== undefined) return wrong('deletion did not end');
    if (role.status?.observedGeneration !== role.metadata.generation) return wrong('its newest spec was not looked at');
    if (role.spec.suspend === true) return [];
    const held = this.#rig.provider.get(ref.organization, ref.slug);
    if (role.spec.managementMode === 'Observe') return this.#judgeObserver(role, held, wrong);
    const [winner] = this.#claimants(ref);
    if (winner?.metadata.uid !== role.metadata.uid) {
      return readyOf(role)?.reason === 'ManagementConflict' ? [] : wrong('an older Role claims the same');
    }
    if (held?.system === true) return readyOf(role)?.reason === 'SystemRole' ? [] : wrong('it claims a system role');
    return this.#judgeManager(role, held, wrong);
  }

  #judgeManager(role: Role, held: ObservedRole | undefined, wrong: (what: string) => readonly string[]): readonly string[] {
    const ready = readyOf(role);
    if (held === undefined) return wrong('it was not created');
    if (ready?.status === 'True') {
      if (this.#cutOff.get(keyOf(held.ref)) === role.metadata.uid) return wrong('a write that was cut off was not repeated');
      return matches(role, held) ? [] : wrong(`it is ready and the provider has ${held.permissions.join(', ')}`);
    }
    const waits = ready?.reason === 'PlanPending' ? mustWait(role, held) : ready?.reason === 'ManagementConflict' && isFought(role);
    if (waits) return [];
    if (ready?.reason !== 'AdoptionRefused') return wrong('it did not become ready');
    if (role.spec.adoptionPolicy === 'Always') return wrong('it may adopt');
    if (acknowledged(role, held)) return wrong('it refuses its own role');
    // Of two Roles that claimed it while the operator had not heard of one yet, either may have made it.
    const makers = this.#makers.get(held.externalID);
    const untouched = makers?.size === 1 && makers.has(role.metadata.uid ?? '') && !this.#tampered.has(held.externalID);
    return untouched ? wrong('it refuses the role that was made for it') : [];
  }

  #judgeObserver(role: Role, held: ObservedRole | undefined, wrong: (what: string) => readonly string[]): readonly string[] {
    const ready = readyOf(role);
    if (held === undefined) return ready?.reason === 'RoleNotFound' ? [] : wrong('there is nothing to observe');
    const isSame = sameSet(role.spec.permissions, held.permissions);
    return (ready?.status === 'True') === isSame ? [] : wrong(`it observes ${held.permissions.join(', ')}`);
  }

  #objects(ref: RoleRef): readonly Role[] {
    return this.#situation(this.#rig.kube.roles, ref).objects;
  }

  #claimants(ref: RoleRef): readonly Role[] {
    return claimantsOf(this.#objects(ref));
  }
}

/** A removal at a takeover waits for a person. */
function mustWait(role: Role, held: ObservedRole): boolean {
  return !acknowledged(role, held) && held.permissions.some((permission) => !role.spec.permissions.includes(permission));
}

/** Who is fought with corrects more and more seldom. */
function isFought({ status }: Role): boolean {
  return (status?.drift?.history ?? []).length >= 3;
}

/** What a change at the provider is judged by. */
interface Situation {
  /** Every Role that names the role. */
  readonly objects: readonly Role[];
  readonly claimants: readonly Role[];
  readonly isOurs: (role: Role, held: ObservedRole) => boolean;
  readonly isRetained: (held: ObservedRole) => boolean;
}

function judgeWrite({ claimants, isOurs }: Situation, { before, after }: Effect, isRace: boolean): readonly string[] {
  const [winner] = claimants;
  if (winner === undefined || after === undefined) return ['nobody declares it'];
  const name = `${winner.metadata.namespace}/${winner.metadata.name}`;
  const declared = new Set(winner.spec.permissions);
  const grown = after.permissions.filter((permission) => !declared.has(permission) && before?.permissions.includes(permission) !== true);
  const lost = before?.permissions.filter((permission) => !after.permissions.includes(permission)) ?? [];
  const isForeign = before !== undefined && !isRace && !isOurs(winner, before) && !mayBeUnfinished(winner, before);
  return [
    ...(before?.system === true ? ['a system role was written'] : []),
    ...(winner.spec.suspend === true ? [`${name} is suspended`] : []),
    ...(grown.length > 0 ? [`${grown.join(', ')} was granted, which ${name} doesn't declare`] : []),
    ...(winner.spec.managementMode === 'Additive' && lost.length > 0 ? [`${lost.join(', ')} was removed in mode Additive of ${name}`] : []),
    ...(isForeign && winner.spec.adoptionPolicy !== 'Always' ? [`it isn't ${name}'s, whose policy is ${winner.spec.adoptionPolicy}`] : []),
  ];
}

function judgeRemoval({ objects, claimants, isOurs, isRetained }: Situation, { before }: Effect, isRace: boolean): readonly string[] {
  if (before === undefined || isRace) return [];
  const deleting = objects.filter(({ metadata, spec }) => metadata.deletionTimestamp !== undefined && spec.deletionPolicy === 'Delete');
  const rightful = deleting.filter(
    (role) => role.spec.managementMode !== 'Observe' && (isOurs(role, before) || mayBeUnfinished(role, before)),
  );
  const [heir] = claimants;
  return [
    ...(before.system ? ['a system role was removed'] : []),
    ...(heir === undefined ? [] : [`${heir.metadata.name} declares it`]),
    ...(isRetained(before) ? ['it was to be retained'] : []),
    ...(rightful.length === 0 ? ['no Role that is being deleted owns it'] : []),
  ];
}

/** What the operator knows when the answer to a write of its own told it of a deletion before the watch did. */
function withDeletions(roles: readonly Role[], current: readonly Role[]): readonly Role[] {
  const deleted = new Map(
    current.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map((role) => [role.metadata.uid, role]),
  );
  return roles.map((role) => deleted.get(role.metadata.uid) ?? role);
}

/** Live Roles that want to manage a role, the rightful one first. */
function claimantsOf(objects: readonly Role[]): readonly Role[] {
  return objects
    .filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && spec.managementMode !== 'Observe')
    .sort((a, b) => (String(a.metadata.creationTimestamp) < String(b.metadata.creationTimestamp) ? -1 : 1));
}

/** The role that an object declares. */
export function refOf(role: Role): RoleRef {
  return { organization: role.spec.organization, slug: role.spec.slug ?? role.metadata.name };
}

function keyOf({ organization, slug }: RoleRef): string {
  return `${organization}/${slug}`;
}

/** Whether the object says that the role is as its newest spec has it. */
function isReady(role: Role): boolean {
  const ready = readyOf(role);
  return ready?.status === 'True' && ready.observedGeneration === role.metadata.generation;
}

function readyOf({ status }: Role): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

function acknowledged({ status }: Role, held: ObservedRole): boolean {
  return status?.ownership !== undefined && status.externalID === held.externalID;
}

/** A role that holds nothing but what is declared can't be told from what an announced create left behind. */
function mayBeUnfinished({ spec, status }: Role, held: ObservedRole): boolean {
  return status?.pendingCreate !== undefined && held.permissions.every((permission) => spec.permissions.includes(permission));
}

function matches({ spec }: Role, held: ObservedRole): boolean {
  if (spec.managementMode === 'Additive') return spec.permissions.every((permission) => held.permissions.includes(permission));
  const name = spec.displayName === undefined || spec.displayName === held.displayName;
  return name && sameSet(spec.permissions, held.permissions);
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify([...left].sort()) === JSON.stringify([...right].sort());
}

function short({ type, status, reason }: { readonly type: string; readonly status: string; readonly reason: string }): string {
  return `${type}=${status}/${reason}`;
}
