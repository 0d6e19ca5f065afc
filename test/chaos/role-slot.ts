import type { Role } from '../../src/api/index.ts';
import { conditionOf, isReady, stateOf } from '../support/e2e.ts';
import { Declaration } from './declaration.ts';

/** What a Role says, as far as the run goes. */
export interface RoleWish {
  readonly permissions: readonly string[];
  readonly managementMode: 'Enforce' | 'Additive' | 'Observe';
  readonly adoptionPolicy: 'IfIdentical' | 'Always';
  readonly deletionPolicy: 'Retain' | 'Delete';
  readonly suspend: boolean;
}

/** A Role that was created. */
export class DeclaredRole extends Declaration<RoleWish> {
  /** Its status was seen to own the role. */
  isOwner = false;
  /** How often somebody has changed its role by hand. */
  handEdits = 0;
}

/** Permissions of a role at the provider; undefined: there is none. */
export type Held = readonly string[] | undefined;

/**
 * One slug at a provider: the Roles that name it, one after another, and what may happen there. Written from the documentation of
 * Roles; it shares nothing with the operator's own way to decide.
 */
export class RoleSlot {
  readonly slug: string;
  /** RoleBindings may name its Role, so neither is deleted nor suspended. */
  readonly isLasting: boolean;
  /** What an operator may still know of, oldest first. All but the last were deleted. */
  declared: DeclaredRole[] = [];
  /** The role at the provider is somebody else's. */
  isForeign = false;
  /** What the end has to be while nobody declares the slug again. */
  fate: 'open' | 'present' | 'absent' = 'open';

  constructor(slug: string, isLasting: boolean) {
    this.slug = slug;
    this.isLasting = isLasting;
  }

  /** The Role that claims it now. */
  get live(): DeclaredRole | undefined {
    return this.declared.find(({ isDeleted }) => !isDeleted);
  }

  /** Nothing that was deleted is known any more: no operator is left that could act for it. */
  forgetGone(isForgotten: (declared: DeclaredRole) => boolean, held: Held): void {
    if (this.declared.length === 0) return;
    this.declared = this.declared.filter((each) => !each.isGone || !isForgotten(each));
    if (this.declared.length === 0) this.isForeign = held !== undefined;
  }

  /** Says what is wrong with a step of the operator; undefined: nothing. */
  judge(before: Held, after: Held): string | undefined {
    if (after === undefined) {
      this.isForeign = false;
      return this.#mayDelete() ? undefined : 'it was deleted';
    }
    const lost = (before ?? []).filter((each) => !after.includes(each));
    const gained = after.filter((each) => before?.includes(each) !== true);
    const isExplained = this.#believed().some(
      ({ permissions, managementMode }) =>
        (managementMode === 'Enforce' || lost.length === 0) &&
        lost.every((each) => !permissions.includes(each)) &&
        gained.every((each) => permissions.includes(each)),
    );
    if (isExplained) return undefined;
    return before === undefined ? `it was created with ${gained.join(', ')}` : `it lost ${lost.join(', ')} and gained ${gained.join(', ')}`;
  }

  /** What isn't as it has to be once everything has had its time. */
  unsettled(roles: ReadonlyMap<string, Role>, held: Held): readonly string[] {
    const wrong: string[] = [];
    const { live, fate } = this;
    for (const { name, isDeleted } of this.declared) {
      if (isDeleted && roles.has(name)) wrong.push(`the deletion of ${name} did not end: ${stateOf(roles.get(name) ?? {})}`);
    }
    if (live !== undefined) return [...wrong, ...this.#unsettledLive(live, roles.get(live.name), held)];
    if (fate === 'absent' && held !== undefined) wrong.push(`${this.slug} is still there`);
    if (fate === 'present' && held === undefined) wrong.push(`${this.slug} is gone`);
    return wrong;
  }

  #unsettledLive(declared: DeclaredRole, role: Role | undefined, held: Held): readonly string[] {
    const { name, spec, generation } = declared;
    if (role === undefined) return [`${name} is not in the cluster`];
    const ready = conditionOf(role, 'Ready');
    const isHeard = ready?.observedGeneration === generation;
    const wrong = isHeard ? this.#wrongOf(spec, role, held) : 'its newest spec was not looked at';
    if (wrong === undefined) return [];
    const said = `${stateOf(role)} for generation ${ready?.observedGeneration} of ${generation}: ${ready?.message}`;
    const has = held === undefined ? 'no such role' : held.join(', ');
    return [
      `${name} (${this.slug}, ${spec.managementMode}): ${wrong}; it says ${said}; declared ${spec.permissions.join(', ')}; there is ${has}`,
    ];
  }

  #wrongOf(wish: RoleWish, role: Role, held: Held): string | undefined {
    const expected = this.#expectedState(wish, held);
    if (expected !== undefined) return stateOf(role).startsWith(expected) ? undefined : `${expected} is what it has to say`;
    const { managementMode, permissions } = wish;
    if (!(managementMode === 'Enforce' ? isSame(permissions, held) : isComplete(permissions, held))) return 'the role is not as declared';
    return isReady(role) ? undefined : 'it is not ready';
  }

  /** What a Role says for which nothing is written; undefined: it is written for. */
  #expectedState({ suspend, managementMode, adoptionPolicy, permissions }: RoleWish, held: Held): string | undefined {
    if (suspend) return 'Unknown/Suspended';
    if (managementMode !== 'Observe') return this.isForeign && adoptionPolicy !== 'Always' ? 'False/AdoptionRefused' : undefined;
    if (held === undefined) return 'False/RoleNotFound';
    return isSame(permissions, held) ? 'True/' : 'False/DriftFound';
  }

  /** Specs that an operator may act upon. Once it has heard of a Role that claims the slug, it knows that the others were deleted. */
  #believed(): readonly RoleWish[] {
    const heir = this.declared.find(({ isDeleted, heard }) => !isDeleted && heard > 0);
    const specs = (heir === undefined ? this.declared : [heir]).flatMap(({ believed }) => believed);
    return specs.filter(
      ({ suspend, managementMode, adoptionPolicy }) =>
        !suspend && managementMode !== 'Observe' && (!this.isForeign || adoptionPolicy === 'Always'),
    );
  }

  /** A Role that may want to keep it keeps it; one that only observes does not. */
  #mayDelete(): boolean {
    const isClaimed = this.declared.some(
      ({ isDeleted, heard, believed }) => !isDeleted && heard > 0 && believed.every(({ managementMode }) => managementMode !== 'Observe'),
    );
    if (isClaimed) return false;
    return this.declared.some(
      ({ isDeleted, spec }) =>
        isDeleted &&
        spec.deletionPolicy === 'Delete' &&
        spec.managementMode !== 'Observe' &&
        (!this.isForeign || spec.adoptionPolicy === 'Always'),
    );
  }
}

function isComplete(permissions: readonly string[], held: Held): boolean {
  return held !== undefined && permissions.every((each) => held.includes(each));
}

function isSame(permissions: readonly string[], held: Held): boolean {
  return isComplete(permissions, held) && held?.length === permissions.length;
}
