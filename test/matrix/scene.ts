import type { RoleSpec, Subject } from '../../src/api/index.ts';
import type { SubjectRef } from '../../src/model/index.ts';
import type { People, ProviderFixture, StartEmulator, StoredRole } from '../conformance/suite/fixture.ts';
import type { Operation } from './cells.ts';
import type { Picture } from './oracle.ts';

/** A provider under test. */
export interface MatrixSubject {
  /** Makes a fresh emulator and its fixture. */
  start(start: StartEmulator): Promise<ProviderFixture>;
  /** What a user holds whose last role was taken away. */
  readonly leftWith: readonly string[];
  /** Only somebody who holds a role already is found by address. */
  readonly findsMembersOnly?: true;
  /** What every Role says besides. */
  readonly roleSpec?: Partial<RoleSpec>;
}

/** Numbers of roles: one made by hand, one that is declared and in sync, one that the operation is about. */
export const roles = { byHand: 7, steady: 8, tried: 1 } as const;

/** Numbers of users, by what they hold and how they got it. */
export const users = { byHand: 1, steadyByBinding: 2, steadyByHand: 3, triedByHand: 4, besideAnother: 5, byAddress: 6 } as const;

/** See users. */
export type User = keyof typeof users;

/** Permissions by number before and after each operation; undefined: the role isn't there. */
const triedPermissions: Readonly<
  Record<Operation, readonly [before: readonly number[] | undefined, after: readonly number[] | undefined]>
> = {
  look: [
    [1, 2, 3],
    [1, 2, 3],
  ],
  create: [undefined, [1, 2, 3]],
  replace: [
    [1, 2, 3],
    [2, 3, 4],
  ],
  delete: [[1, 2, 3], undefined],
  bind: [
    [1, 2, 3],
    [1, 2, 3],
  ],
  revoke: [
    [1, 2, 3],
    [1, 2, 3],
  ],
};

/** Before the operation, or after it. */
export type Stage = 0 | 1;

/** What there is at the provider beside the operator's own work, and what is declared, before and after an operation. */
export class Scene {
  readonly #subject: MatrixSubject;
  readonly #operation: Operation;
  readonly #fixture: ProviderFixture;
  readonly #people: People;

  constructor(subject: MatrixSubject, operation: Operation, fixture: ProviderFixture) {
    this.#subject = subject;
    this.#operation = operation;
    this.#fixture = fixture;
    this.#people = required(fixture.people);
  }

  /** The role that the operation is about, as it is declared; undefined: it isn't. */
  tried(stage: Stage): Partial<RoleSpec> | undefined {
    const permissions = triedPermissions[this.#operation][stage];
    return permissions === undefined ? undefined : this.#spec(roles.tried, permissions, this.#operation === 'delete' ? 'Delete' : 'Retain');
  }

  /** The role that is in sync all the time. */
  steady(): Partial<RoleSpec> {
    return this.#spec(roles.steady, [2, 4], 'Retain');
  }

  /** The role that nobody declares. */
  byHand(): StoredRole {
    const { vocabulary } = this.#fixture;
    const permissions = [1, 3].map((number) => vocabulary.permission(number));
    return { slug: vocabulary.slug(roles.byHand), displayName: `Role ${roles.byHand}`, description: '', permissions };
  }

  user(user: User): SubjectRef {
    return { kind: 'User', id: this.#people.user(users[user]).id };
  }

  /** Subjects of the binding that the operation is about: the first one stays in it. */
  bound(): readonly Subject[] {
    const byAddress: Subject = { kind: 'User', email: this.#people.user(users.byAddress).email };
    return [this.user('steadyByBinding'), this.user('besideAnother'), byAddress];
  }

  /** Whether the role that the operation is about has a binding. */
  isBound(stage: Stage): boolean {
    if (this.#operation === 'bind') return stage === 1;
    return this.#operation === 'revoke' || this.#operation === 'look';
  }

  /** Puts the holdings in place that nobody declares. */
  holdByHand(): void {
    for (const [user, held] of Object.entries(this.#holdings(0)) as [User, readonly string[]][]) {
      const byHand = held.filter((slug) => !this.#isGranted(user, slug));
      if (byHand.length > 0) this.#people.hold(this.user(user), byHand);
    }
  }

  /** What the provider has. */
  picture(): Picture {
    const { backdoor, vocabulary } = this.#fixture;
    const slugs = [roles.byHand, roles.steady, roles.tried].map((number) => vocabulary.slug(number));
    return {
      roles: Object.fromEntries(slugs.map((slug) => [slug, backdoor.role(slug)?.permissions.toSorted()])),
      held: Object.fromEntries((Object.keys(users) as User[]).map((user) => [user, this.#people.held(this.user(user))])),
    };
  }

  /** What the provider is to have. */
  declared(stage: Stage): Picture {
    const { vocabulary } = this.#fixture;
    const named = (numbers: readonly number[] | undefined) => numbers?.map((each) => vocabulary.permission(each));
    return {
      roles: {
        [vocabulary.slug(roles.byHand)]: this.byHand().permissions,
        [vocabulary.slug(roles.steady)]: named([2, 4]),
        [vocabulary.slug(roles.tried)]: named(triedPermissions[this.#operation][stage]),
      },
      held: Object.fromEntries(Object.entries(this.#holdings(stage)).map(([user, held]) => [user, [...held].sort()])),
    };
  }

  #spec(number: number, permissions: readonly number[], deletionPolicy: 'Delete' | 'Retain'): Partial<RoleSpec> {
    const { vocabulary } = this.#fixture;
    return {
      organization: vocabulary.organization,
      slug: vocabulary.slug(number),
      permissions: permissions.map((each) => vocabulary.permission(each)),
      deletionPolicy,
      ...this.#subject.roleSpec,
    };
  }

  #holdings(stage: Stage): Readonly<Record<User, readonly string[]>> {
    const { slug } = this.#fixture.vocabulary;
    const [byHand, steady, tried] = [slug(roles.byHand), slug(roles.steady), slug(roles.tried)];
    const isRevoked = this.#operation === 'revoke' && stage === 1;
    const granted = this.isBound(stage) ? [tried] : [];
    const grantedToAll = isRevoked ? [] : granted;
    const isHeldByHand = this.#operation !== 'create' && this.#operation !== 'delete';
    const afterAll = isRevoked ? this.#subject.leftWith : [];
    return {
      byHand: [byHand],
      steadyByBinding: [steady, ...granted],
      steadyByHand: [steady],
      triedByHand: isHeldByHand ? [tried] : [],
      besideAnother: [byHand, ...grantedToAll],
      byAddress: [...(this.#subject.findsMembersOnly === true ? [byHand] : afterAll), ...grantedToAll],
    };
  }

  /** Whether a user has a role by a binding. */
  #isGranted(user: User, slug: string): boolean {
    if (user === 'steadyByBinding') return true;
    return slug === this.#fixture.vocabulary.slug(roles.tried) && (user === 'besideAnother' || user === 'byAddress');
  }
}

/** Throws for what every fixture of the matrix has. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something that every fixture has is missing');
  return value;
}
