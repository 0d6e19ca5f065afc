import type { Role, RoleBinding } from '../../../src/api/index.ts';
import { names } from '../../../src/api/index.ts';
import { type HoldingChange, subjectKey } from '../../../src/model/index.ts';
import type { Rig } from '../../support/rig.ts';

export const organization = 'org_1';
/** A read may serve the next turn for this long, in milliseconds, and a Secret that is gone is heard of late. */
const reuseMs = 2_500;
const secretLagMs = 60_000;

/**
 * Judges what the operator does at the provider by what the objects declare and by who gave what to whom. It knows the cluster and the
 * provider, not the operator. Grants are told apart as `subject role`.
 */
export class BindingOracle {
  readonly violations: string[] = [];
  readonly #rig: Rig;
  /** Whether the provider doesn't tell who holds a role: then nobody can tell whose a grant is. */
  readonly #isBlind: boolean;
  /** Grants that the operator made. */
  readonly #ours = new Set<string>();
  /** Grants that others made, with the moment. */
  readonly #byHand = new Map<string, number>();
  /** Grants of ours that stay although nobody declares them: somebody forced it, or the provider was lost. */
  readonly #retained = new Set<string>();
  readonly #lostAt = new Map<string, number>();
  /** When a Role was last seen to stop being ready, by name. */
  readonly #readyUntil = new Map<string, number>();

  constructor(rig: Rig, isBlind: boolean) {
    this.#rig = rig;
    this.#isBlind = isBlind;
    rig.provider.holders.onChange = (change) => this.#judge(change);
    rig.kube.onWrite = (before, after) => {
      if (after.kind === 'RoleBinding') this.#heed(before as RoleBinding, after as RoleBinding);
      if (before.kind === 'Role' && isReady(before as Role)) this.#readyUntil.set(before.metadata.name, rig.clock.monotonic());
    };
  }

  /** Somebody else gives a role. */
  give(subject: string, role: string): void {
    const grant = `${subject} ${role}`;
    if (this.#holds(subject, role)) return;
    this.#rig.provider.holders.give(organization, subject, role);
    // What is on record can't be told from what we gave.
    if (this.#recorders(grant).length > 0) this.#ours.add(grant);
    else this.#byHand.set(grant, this.#rig.clock.monotonic());
  }

  /** Somebody else takes a role. */
  take(subject: string, role: string): void {
    this.#rig.provider.holders.take(organization, subject, role);
    this.#forget(`${subject} ${role}`);
  }

  /** The Secret of a namespace is gone: what is deleted meanwhile leaves its grants. */
  lost(namespace: string): void {
    this.#lostAt.set(namespace, Number.POSITIVE_INFINITY);
  }

  found(namespace: string): void {
    if (this.#lostAt.has(namespace)) this.#lostAt.set(namespace, this.#rig.clock.monotonic());
  }

  /** What is wrong once faults have ended and time has passed. */
  final(subjects: readonly string[], roles: readonly string[]): readonly string[] {
    const wrong = [...this.violations];
    for (const binding of this.#bindings()) {
      const name = `${binding.metadata.namespace}/${binding.metadata.name}`;
      if (binding.metadata.deletionTimestamp !== undefined) wrong.push(`${name} was not deleted; ${short(binding)}`);
      else if (binding.status?.observedGeneration !== binding.metadata.generation) wrong.push(`${name}: its newest spec was not looked at`);
      else if (this.#isActive(binding) && !isSaid(binding)) wrong.push(`${name} is neither ready nor says why not; ${short(binding)}`);
    }
    for (const role of roles) for (const subject of subjects) wrong.push(...this.#judgeEnd(subject, role));
    return wrong;
  }

  #judgeEnd(subject: string, role: string): readonly string[] {
    const grant = `${subject} ${role}`;
    const isHeld = this.#holds(subject, role);
    const wanting = this.#bindings().filter((binding) => this.#isActive(binding) && this.#wants(binding, grant));
    if (wanting.length > 0) return isHeld ? [] : [`${grant} is missing: ${wanting.map(short).join('; ')}`];
    if (!isHeld) return [];
    if (this.#ours.has(grant)) {
      if (this.#retained.has(grant)) return [];
      const keepers = this.#recorders(grant).filter((binding) => !this.#isActive(binding) || this.#names(binding, grant));
      return keepers.length > 0 ? [] : [`${grant} leaked: on record of ${this.#recorders(grant).map(short).join('; ')}`];
    }
    return !this.#isBlind && this.#isToBeSwept(grant) ? [`${grant} was not swept away`] : [];
  }

  /** An active authoritative binding, and nobody who may be meant by what is declared. */
  #isToBeSwept(grant: string): boolean {
    const ofRole = this.#bindings().filter((binding) => roleOf(binding) === grant.split(' ')[1]);
    if (ofRole.some((binding) => this.#names(binding, grant) || this.#isVague(binding))) return false;
    return ofRole.some((binding) => this.#isActive(binding) && binding.spec.managementMode === 'Authoritative');
  }

  #judge({ subject, add, remove }: HoldingChange): void {
    const key = subjectKey(subject);
    for (const role of add) if (!this.#holds(key, role)) this.#judgeGrant(`${key} ${role}`);
    for (const role of remove) if (this.#holds(key, role)) this.#judgeRevoke(`${key} ${role}`);
  }

  #judgeGrant(grant: string): void {
    if (!this.#bindings().some((binding) => this.#wasActive(binding) && this.#wants(binding, grant)))
      this.violations.push(`${grant} was given and nobody declares it`);
    if (this.#recorders(grant).length === 0) this.violations.push(`${grant} was given before it was on record`);
    this.#ours.add(grant);
    this.#byHand.delete(grant);
  }

  #judgeRevoke(grant: string): void {
    const wanting = this.#bindings().filter((binding) => binding.metadata.deletionTimestamp === undefined && this.#wants(binding, grant));
    const isHand = !this.#isBlind && this.#byHand.has(grant);
    const wronged = wanting.filter(
      (binding) =>
        this.#isHeard(binding, grant) ||
        recordOf(binding).includes(grant) ||
        (isHand && binding.status?.role !== undefined && this.#isPlaced(binding)),
    );
    if (wronged.length > 0) this.violations.push(`${grant} was taken although it is declared: ${wronged.map(short).join('; ')}`);
    const keepers = this.#recorders(grant).filter(
      ({ spec, metadata }) => spec.suspend === true && metadata.deletionTimestamp === undefined,
    );
    if (keepers.length > 0) this.violations.push(`${grant} was taken although a suspended binding granted it`);
    const sweepers = this.#bindings().filter((binding) => this.#wasActive(binding) && binding.spec.managementMode === 'Authoritative');
    const isSwept = sweepers.some((binding) => roleOf(binding) === grant.split(' ')[1]);
    if (isHand && !isSwept) this.violations.push(`${grant} was taken, which others gave`);
    const isAllowed = sweepers.some(
      ({ metadata, status }) => status?.exclusive === true || names.approvedPlan in (metadata.annotations ?? {}),
    );
    if (isHand && isSwept && !isAllowed) this.violations.push(`${grant} was taken at a takeover that nobody approved`);
    this.#forget(grant);
  }

  /** The record grows only by what is about to be given, and an object goes only when nothing is left of it. */
  #heed(before: RoleBinding, after: RoleBinding): void {
    const known = new Set(this.#bindings().flatMap(recordOf));
    for (const grant of recordOf(after)) {
      const since = this.#byHand.get(grant);
      if (known.has(grant) || since === undefined || this.#isBlind) continue;
      if (this.#rig.clock.monotonic() - since > reuseMs) this.violations.push(`${grant} came on record, which others gave`);
      this.#byHand.delete(grant);
      this.#ours.add(grant);
    }
    const isGoing = (before.metadata.finalizers ?? []).length > 0 && (after.metadata.finalizers ?? []).length === 0;
    if (isGoing) for (const grant of recordOf(before)) this.#judgeRest(before, grant);
  }

  #judgeRest(binding: RoleBinding, grant: string): void {
    const [subject = '', role = ''] = grant.split(' ');
    if (!this.#ours.has(grant) || !this.#holds(subject, role)) return;
    if (this.#recorders(grant).some(({ metadata }) => metadata.uid !== binding.metadata.uid)) return;
    const isForced = binding.metadata.annotations?.[names.forceDelete] === 'true';
    if (!isForced && !this.#isLost(binding)) this.violations.push(`${grant} outlives ${short(binding)}`);
    this.#retained.add(grant);
  }

  /** Its provider can't be called, or couldn't a moment ago. */
  #isLost({ metadata }: RoleBinding): boolean {
    const lostAt = this.#lostAt.get(metadata.namespace ?? '') ?? Number.NEGATIVE_INFINITY;
    return this.#rig.clock.monotonic() - lostAt <= secretLagMs;
  }

  #isPlaced({ metadata, spec }: RoleBinding): boolean {
    return spec.roleRef.name === undefined || this.#rig.kube.role(metadata.namespace ?? '', spec.roleRef.name) !== undefined;
  }

  /** Whom a new binding means by an address isn't known before it was looked for. */
  #isHeard(binding: RoleBinding, grant: string): boolean {
    if (!this.#isActive(binding) || this.#isLost(binding)) return false;
    return binding.status?.role !== undefined || this.#current(binding).some(({ id }) => `User/${id}` === grant.split(' ')[0]);
  }

  #forget(grant: string): void {
    this.#ours.delete(grant);
    this.#byHand.delete(grant);
    this.#retained.delete(grant);
  }

  #holds(subject: string, role: string): boolean {
    return this.#rig.provider.holders.roles(organization, subject).includes(role);
  }

  #recorders(grant: string): readonly RoleBinding[] {
    return this.#bindings().filter((binding) => recordOf(binding).includes(grant));
  }

  #bindings(): readonly RoleBinding[] {
    return this.#rig.kube.bindings;
  }

  /** Whether the operator may give and take for it, if it can. */
  #isActive(binding: RoleBinding): boolean {
    const { metadata, spec } = binding;
    if (metadata.deletionTimestamp !== undefined || spec.suspend === true) return false;
    if (spec.roleRef.name === undefined) return true;
    const role = this.#rig.kube.role(metadata.namespace ?? '', spec.roleRef.name);
    if (role === undefined || role.metadata.deletionTimestamp !== undefined) return false;
    return isReady(role);
  }

  /** The same, or it was so when the turn began that is under way. */
  #wasActive(binding: RoleBinding): boolean {
    const readyUntil = this.#readyUntil.get(binding.spec.roleRef.name ?? '') ?? Number.NEGATIVE_INFINITY;
    const isLate = this.#rig.clock.monotonic() - readyUntil <= reuseMs;
    return this.#isActive(binding) || (isLate && binding.metadata.deletionTimestamp === undefined && binding.spec.suspend !== true);
  }

  /** Whether it declares the grant at this moment. */
  #wants(binding: RoleBinding, grant: string): boolean {
    return binding.metadata.deletionTimestamp === undefined && this.#names(binding, grant);
  }

  /** Somebody is named by an address that nobody has, or several. */
  #isVague(binding: RoleBinding): boolean {
    return this.#current(binding).some(({ email }) => email !== undefined && this.#owners(email).length !== 1);
  }

  #names(binding: RoleBinding, grant: string): boolean {
    const [subject, role] = grant.split(' ');
    if (roleOf(binding) !== role) return false;
    return this.#current(binding).some(({ id, email }) => {
      if (email === undefined) return `User/${id}` === subject;
      const [owner, second] = this.#owners(email);
      if (owner !== undefined && second === undefined) return `User/${owner}` === subject;
      return binding.status?.grants?.some((own) => own.email === email && `User/${own.id}` === subject) === true;
    });
  }

  #current({ spec }: RoleBinding): RoleBinding['spec']['subjects'] {
    const now = this.#rig.clock.now();
    return spec.subjects.filter(
      ({ notBefore, expiresAt }) =>
        (notBefore === undefined || Date.parse(notBefore) <= now) && (expiresAt === undefined || Date.parse(expiresAt) > now),
    );
  }

  #owners(email: string): readonly string[] {
    return this.#rig.provider.holders.emails.get(email) ?? [];
  }
}

function isReady({ status, metadata }: Role): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

/** The slug of the role that a binding grants; Roles are named as their slugs. */
function roleOf({ spec }: RoleBinding): string {
  return spec.roleRef.external?.slug ?? spec.roleRef.name ?? '';
}

function recordOf(binding: RoleBinding): readonly string[] {
  return (binding.status?.grants ?? []).map((grant) => `${subjectKey(grant)} ${roleOf(binding)}`);
}

function isSaid({ status, metadata }: RoleBinding): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.observedGeneration !== metadata.generation) return false;
  return ready?.status === 'True' || (ready?.reason === 'SubjectsFailed' && (status?.failures ?? []).length > 0);
}

function short({ metadata, spec, status }: RoleBinding): string {
  const said = status?.conditions?.map(({ type, status: is, reason }) => `${type}=${is}/${reason}`).join(' ');
  return `${metadata.namespace}/${metadata.name} ${JSON.stringify(spec)} ${JSON.stringify(status?.grants)} ${said}`;
}
