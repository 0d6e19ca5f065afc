import type { RunningEmulator, startEmulator } from '../../../src/emulators/index.ts';
import type { Capabilities, DesiredRole, JsonValue, SubjectObstacle, SubjectRef } from '../../../src/model/index.ts';
import type { Credentials, ProviderDriver } from '../../../src/providers/index.ts';
import type { ContractValidator } from '../../support/contract-validator.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

/** What a client does at a provider, in words that fit every contract. */
export const providerOperations = [
  'listRoles',
  'createRole',
  'updateRole',
  'setPermissions',
  'addPermission',
  'deleteRole',
  'listPermissions',
  'createPermission',
] as const;

/** See providerOperations. */
export type ProviderOperation = (typeof providerOperations)[number];

/** Those that change something. */
export const writingOperations: readonly ProviderOperation[] = [
  'createRole',
  'updateRole',
  'setPermissions',
  'addPermission',
  'deleteRole',
  'createPermission',
];

/** A role as the emulator holds it, in the provider's canonical spelling. */
export interface StoredRole {
  readonly slug: string;
  readonly displayName: string;
  readonly description: string;
  /** Sorted. */
  readonly permissions: readonly string[];
}

/** Names that are good at this provider, and some that are not. */
export interface Vocabulary {
  /** An organization that exists. */
  readonly organization: string;
  readonly unknownOrganization: string;
  /** Slugs of organization roles, canonical, a different one for each number. */
  slug(number: number): string;
  /** Permissions, canonical, a different one for each number, sorted by number up to 9999. */
  permission(number: number): string;
  /** A slug of a role that the provider has by itself; undefined where it has none. */
  readonly systemSlug: string | undefined;
  /**
   * Spellings of one slug that people may write. Each must be refused, or lead to a role that is reported under the
   * canonical slug.
   */
  readonly spellings: readonly string[];
  /** Changes that make a good role one that the provider would refuse, and the field to blame. */
  readonly refused: readonly { readonly reason: string; readonly change: Partial<DesiredRole>; readonly field: string }[];
}

/** Access to the emulator's state, past the API, in the vocabulary's organization. */
export interface Backdoor {
  /** Permissions that roles use become known first, where the provider has a catalogue. */
  putRole(role: StoredRole): void;
  role(slug: string): StoredRole | undefined;
  deleteRole(slug: string): void;
  /** The same as a fault's action, for somebody who is faster than we are. */
  deleteRoleAction(slug: string): { readonly action: string; readonly args: JsonValue };
  putPermissions(permissions: readonly string[]): void;
  /** Sorted; undefined where the provider has no catalogue. */
  permissions(): readonly string[] | undefined;
  /** Gives the role to so many people. */
  hold(slug: string, count: number): void;
  /** From now on the fixture's credentials are refused. */
  expireCredentials(): void;
}

/** What a client does with those who hold roles, in words that fit every contract. */
export const bindingOperations = ['listHolders', 'readHolder', 'grant', 'revoke', 'findUser'] as const;

/** See bindingOperations. */
export type BindingOperation = (typeof bindingOperations)[number];

/** A user as manifests may name one. */
export interface Person {
  /** In the spelling in which the provider reports it. */
  readonly id: string;
  readonly email: string;
}

/** Subjects and what they hold, past the API, in the vocabulary's organization. All slugs are canonical. */
export interface People {
  /**
   * Operation ids of the contract; empty where the provider has no such operation. `readHolder` is what `apply` reads before it writes,
   * `grant` and `revoke` everything that writes; both name one operation where a subject's whole set is replaced.
   */
  readonly operations: Readonly<Record<BindingOperation, readonly string[]>>;
  /** A user who holds nothing and has no obstacle; another one for each number below 10,000. The first call makes the user. */
  user(number: number): Person;
  /** A subject of another kind that holds nothing; undefined where the provider has no such kind. The first call makes it. */
  other?(kind: 'Group' | 'ServiceAccount', number: number): string;
  /** The id of no user, in the right form; undefined where nobody looks whether a user exists. */
  readonly unknownID: string | undefined;
  /** Ids in a form that no user's can have. */
  readonly malformedIDs: readonly string[];
  readonly unknownEmail: string;
  /** Makes two users with one address and gives it back; undefined where that can't be. */
  readonly shareEmail?: () => string;
  /** Whether addresses that differ in capital letters only are different. */
  readonly emailCaseMatters: boolean;
  /** How many holders of a role are more than one page. */
  readonly manyHolders: number;
  /** From now on the subject holds exactly these. No roles: as if it had never held any. */
  hold(subject: SubjectRef, roles: readonly string[]): void;
  /** The same as a fault's action, for somebody who is faster than we are. */
  holdAction(subject: SubjectRef, roles: readonly string[]): { readonly action: string; readonly args: JsonValue };
  /** What the subject holds. Sorted. */
  held(subject: SubjectRef): readonly string[];
  /** Obstacles that the provider knows. */
  readonly obstacles: readonly SubjectObstacle['reason'][];
  /** Puts the obstacle in the way of a user who holds these roles. */
  obstruct(user: SubjectRef, roles: readonly string[], reason: SubjectObstacle['reason']): void;
  /** Whether the user is neither inactive nor pending. */
  isActive(user: SubjectRef): boolean;
}

/** Starts emulators: on a port unless a fixture is given another way. */
export type StartEmulator = typeof startEmulator;

/** A provider and the emulator it talks to, for one case. */
export interface ProviderFixture {
  readonly driver: ProviderDriver;
  /** What a connection with these settings can do. Default: what the driver says of all connections. */
  readonly capabilities?: Capabilities;
  /** The client's time, where the emulator has to go by it too. Default: one of its own. */
  readonly clock?: VirtualClock;
  /** Settings that lead to this address. */
  settings(url: string): unknown;
  readonly credentials: Credentials;
  readonly wrongCredentials: Credentials;
  readonly emulator: RunningEmulator;
  /** Gets every exchange of the emulator. */
  readonly validator: ContractValidator;
  /** Operation ids of the contract; empty where the provider has no such operation. */
  readonly operations: Readonly<Record<ProviderOperation, readonly string[]>>;
  /** An error body in the form of the contract. */
  errorBody(message: string): JsonValue;
  readonly vocabulary: Vocabulary;
  readonly backdoor: Backdoor;
  /** What the binding suite needs besides; undefined where nobody has written it yet. */
  readonly people?: People;
}

/** A case that this provider doesn't pass. */
export interface SkippedCase {
  /** The case's name; or the beginning of several names and `*`, which only explains cases that don't apply. */
  readonly case: string;
  /** A sentence. */
  readonly reason: string;
}

/** A provider under test. */
export interface ProviderUnderTest {
  readonly name: string;
  /** Makes a fresh world; called once for every case. */
  start(): Promise<ProviderFixture>;
  /** Cases that don't apply by the provider's capabilities, and cases it is known to fail. */
  readonly skip: readonly SkippedCase[];
}
