import type { RoleBinding } from '../../src/api/index.ts';
import type { Capabilities } from '../../src/model/index.ts';
import { conditionOf, isReady, stateOf } from '../support/e2e.ts';
import { Declaration } from './declaration.ts';

/** Who is to hold a role, and until when, in milliseconds. */
export interface Wanted {
  readonly user: number;
  readonly until: number;
}

/** What a RoleBinding says, as far as the run goes. */
export interface BindingWish {
  readonly slug: string;
  readonly managementMode: 'Additive' | 'Authoritative';
  readonly subjects: readonly Wanted[];
  readonly suspend: boolean;
}

/** A RoleBinding that was created. */
export class DeclaredBinding extends Declaration<BindingWish> {
  /** Users whose grants its status was seen to have on record. */
  recorded: ReadonlySet<number> = new Set();
}

/** Something that must not happen. */
export interface Fault {
  readonly what: string;
  /**
   * It is none if this RoleBinding waits for its Role at that moment: until a RoleBinding has the user on record itself, a sibling takes
   * back what that one gave.
   */
  readonly unless?: string;
}

/** How long a grant may be on its way whose end has come, in milliseconds: an operator may have been stopped in between. */
const onTheWayMs = 15_000;

/**
 * Who may and who has to hold the roles of a provider: by RoleBindings, and by the hands of others. Written from the documentation of
 * RoleBindings; it shares nothing with the operator's own way to decide.
 */
export class Holders {
  /** What an operator may still know of. */
  declared: DeclaredBinding[] = [];
  /** `user slug`: what others gave. */
  readonly byHand = new Set<string>();
  /** Nobody can read who holds a role. */
  readonly #isBlind: boolean;

  constructor({ readBindings }: Pick<Capabilities, 'readBindings'>) {
    this.#isBlind = !readBindings;
  }

  /** RoleBindings that weren't deleted. */
  get live(): readonly DeclaredBinding[] {
    return this.declared.filter(({ isDeleted }) => !isDeleted);
  }

  /** Says what is wrong with a step of the operator, by which a user got or lost a role; undefined: nothing. */
  judge(user: number, slug: string, change: 'got' | 'lost', now: number): Fault | undefined {
    const ofSlug = this.declared.filter(({ spec }) => spec.slug === slug);
    if (change === 'got') {
      const mayGrant = ({ subjects, suspend }: BindingWish): boolean => !suspend && isNamed(subjects, user, now - onTheWayMs);
      // All roles of a user are replaced at once there: one that was taken by hand comes back with the others, unseen.
      const isKept = ({ recorded }: DeclaredBinding): boolean => this.#isBlind && recorded.has(user);
      return ofSlug.some((each) => each.believed.some(mayGrant) || isKept(each)) ? undefined : { what: 'nobody declares it' };
    }
    const drops = ({ subjects }: BindingWish): boolean => !isNamed(subjects, user, now);
    const isByHand = this.byHand.has(`${user} ${slug}`);
    const naming = ofSlug.filter(
      ({ isDeleted, heard, believed }) => !isDeleted && heard > 0 && believed.every(({ subjects }) => isNamed(subjects, user, now)),
    );
    // A sibling may take back what it gave though a suspended RoleBinding names the user, unless that one has it on record as well.
    const keeper = naming.find(({ believed, recorded }) => isByHand || recorded.has(user) || believed.every(({ suspend }) => !suspend));
    if (keeper !== undefined) {
      const isGivenUp = ofSlug.some((each) => each.recorded.has(user) && (each.isDeleted || each.believed.some(drops)));
      const what = `${keeper.name} declares it`;
      return isGivenUp && !isByHand && !keeper.recorded.has(user) ? { what, unless: keeper.name } : { what };
    }
    if (!isByHand) return undefined;
    if (!ofSlug.some(({ believed }) => believed.some(sweeps))) return { what: 'somebody else gave it' };
    this.byHand.delete(`${user} ${slug}`);
    return undefined;
  }

  /** Whether a user has to hold a role in the end; undefined: either may be. */
  wants(user: number, slug: string, now: number): boolean | undefined {
    const ofSlug = this.live.filter(({ spec }) => spec.slug === slug);
    const isWantedBy = ({ spec }: DeclaredBinding): boolean => isNamed(spec.subjects, user, now);
    if (ofSlug.some((each) => !each.spec.suspend && isWantedBy(each))) return true;
    if (ofSlug.some(({ spec }) => spec.suspend)) return undefined;
    if (ofSlug.some(({ spec }) => sweeps(spec))) return false;
    return this.byHand.has(`${user} ${slug}`);
  }

  /** What RoleBindings don't say as they have to once everything has had its time. */
  unsettled(bindings: ReadonlyMap<string, RoleBinding>): readonly string[] {
    return this.declared.flatMap(({ name, isDeleted, spec, generation }) => {
      const binding = bindings.get(name);
      if (isDeleted) return binding === undefined ? [] : [`the deletion of ${name} did not end: ${stateOf(binding)}`];
      if (binding === undefined) return [`${name} is not in the cluster`];
      const ready = conditionOf(binding, 'Ready');
      const isRight = spec.suspend ? ready?.reason === 'Suspended' && ready.observedGeneration === generation : isReady(binding);
      return isRight
        ? []
        : [`${name} (${spec.slug}) says ${stateOf(binding)} for ${ready?.observedGeneration} of ${generation}: ${ready?.message}`];
    });
  }
}

function sweeps({ managementMode, suspend }: BindingWish): boolean {
  return managementMode === 'Authoritative' && !suspend;
}

function isNamed(subjects: readonly Wanted[], user: number, at: number): boolean {
  return subjects.some((subject) => subject.user === user && subject.until > at);
}
