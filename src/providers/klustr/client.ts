import type { ConnectDeps } from '../contract.ts';
import { type ApiCall, fillPath, type PathParameters, ProviderApi, type StatusRule } from '../http/index.ts';
import {
  type AssignmentAnswer,
  type AssignmentPageAnswer,
  type EntitlementsAnswer,
  type IdentityAnswer,
  missingPermissions,
  type RoleAnswer,
  readAssignment,
  readAssignmentPage,
  readAssignments,
  readEntitlements,
  readFailure,
  readIdentities,
  readRole,
  readRoleList,
  readRoleRelations,
  readScopes,
  roleNamespace,
} from './answers.ts';
import { type GenerateRequest, operations, type RoleDocument, unpublishedOperations } from './contract.ts';
import type { OAuthClient } from './token-request.ts';
import { TokenSource } from './tokens.ts';

/** The machine code of a failure that nobody has foreseen at Klustr and that means a missing document. */
export const nullPointer = 'NullPointerException';

/** What Klustr means by statuses that mean something else elsewhere. The codes are names of exceptions. */
const rules: readonly StatusRule[] = [
  { status: 401, kind: 'forbidden', when: ({ failure }) => failure?.code === missingPermissions },
  { status: 404, kind: 'invalid', when: ({ failure }) => /\bID is not valid\b/i.test(failure?.message ?? '') },
  { status: 500, kind: 'forbidden', when: ({ failure }) => /Denied/.test(failure?.code ?? ''), untouched: true },
  { status: 500, kind: 'invalid', when: ({ failure }) => /HttpMessageNotReadable/.test(failure?.code ?? ''), untouched: true },
  // The vendor's page doesn't have these, so a gateway may be without them.
  { status: 405, kind: 'unsupported', when: ({ operation }) => unpublishedOperations.has(operation) },
];

/** Which role: the id as the server spells it, where that is known. */
export interface RolePlace {
  readonly organization: string;
  readonly id: string;
}

/** Which role of which user. */
export interface UserRolePlace extends RolePlace {
  /** Subject id; never an email address. */
  readonly user: string;
}

/** Which part of a list. */
export interface PageOfList {
  /** Entries that are wanted. */
  readonly limit: number;
  /** Entries that are left out, from the beginning of the list. */
  readonly start: number;
}

/** What keeping holders needs of the client, and all that may be handed to whoever keeps them. */
export type HolderCalls = Pick<
  KlustrClient,
  | 'adminListIdentities'
  | 'addUserToRole'
  | 'dangerouslyRevokeUserRoleByGet'
  | 'getOrgRoleAssignments'
  | 'getUserRoleRelations'
  | 'listOrganizationRoles'
>;

/** What keeping roles needs of the client, and all that may be handed to whoever keeps them. */
export type RoleCalls = Pick<
  KlustrClient,
  | 'createOrgRole'
  | 'deleteOrgRole'
  | 'generateOrgRoles'
  | 'getOrgRoleAssignments'
  | 'getOrgRoleById'
  | 'listOrganizationRoles'
  | 'listOrgPermissions'
  | 'updateOrgRole'
> &
  Disposable;

/**
 * The operations of the Directory API, one method and one request each; a request whose token is refused is sent once more with
 * a new one. Methods whose names begin with `dangerously` do far more than their operation's name says.
 */
export class KlustrClient implements Disposable {
  readonly #api: ProviderApi;
  readonly #tokens: TokenSource;

  /** `baseURL` is canonical; the client's credentials are fit for a header. */
  constructor(baseURL: string, client: OAuthClient, deps: ConnectDeps) {
    this.#tokens = new TokenSource(client, deps);
    this.#api = new ProviderApi({
      provider: 'Klustr',
      baseURL,
      deps,
      // Each call brings the token that it goes with, so that a refused one can be told from one that was renewed meanwhile.
      authorize: async () => ({}),
      secrets: () => this.#tokens.secrets,
      rules,
      readFailure,
    });
  }

  /** Every role of the organization; one id may stand there twice. */
  listOrganizationRoles(organizationId: string, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call('listOrganizationRoles', { organizationId }, signal, {
      subject: `organization ${organizationId}`,
      missing: 'organization',
      read: readRoleList,
    });
  }

  /** One role, whatever the case of its id. A 404 can mean the organization as well. */
  getOrgRoleById(place: RolePlace, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('getOrgRoleById', placesOf(place), signal, { subject: subjectOf(place), missing: 'role', read: readRole(place.id) });
  }

  /** Adds a role to the list, also one whose id is there already: look first. */
  createOrgRole(organization: string, body: RoleDocument, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('createOrgRole', { organizationId: organization }, signal, {
      subject: subjectOf({ organization, id: body.id }),
      missing: 'organization',
      body,
      read: readRole(body.id),
    });
  }

  /** Replaces the whole role. The answer may be the role before the change: nothing but its id may be concluded from it. */
  updateOrgRole(organization: string, body: RoleDocument, signal: AbortSignal): Promise<RoleAnswer> {
    const place = { organization, id: body.id };
    return this.#call('updateOrgRole', placesOf(place), signal, {
      subject: subjectOf(place),
      missing: 'role',
      body,
      read: readRole(body.id),
    });
  }

  /** Deletes the role and leaves its assignments behind. */
  deleteOrgRole(place: RolePlace, signal: AbortSignal): Promise<void> {
    return this.#call('deleteOrgRole', placesOf(place), signal, { subject: subjectOf(place), missing: 'role' });
  }

  /** Who holds a role; nobody holds an unknown one. The public source gives the same entries whatever page is asked for. */
  getOrgRoleAssignments(place: RolePlace, signal: AbortSignal, page?: PageOfList): Promise<AssignmentPageAnswer> {
    return this.#call('getOrgRoleAssignments', placesOf(place), signal, {
      subject: `holders of ${subjectOf(place)}`,
      missing: 'role',
      ...(page === undefined ? {} : { query: { limit: page.limit, start: page.start } }),
      read: readAssignmentPage,
    });
  }

  /** The scopes that any role has. It is no catalogue: a scope exists because a role has it. */
  listOrgPermissions(organizationId: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#call('listOrgPermissions', { organizationId }, signal, {
      subject: `organization ${organizationId}`,
      missing: 'organization',
      read: readScopes,
    });
  }

  /** Makes the two roles of each namespace where they are missing. */
  generateOrgRoles(organizationId: string, body: GenerateRequest, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call('generateOrgRoles', { organizationId }, signal, {
      subject: `organization ${organizationId}`,
      missing: 'organization',
      body,
      read: readRoleList,
    });
  }

  /** The roles of the client itself. `invalid` when it has none. */
  getOrgUserRoles(organizationId: string, signal: AbortSignal): Promise<EntitlementsAnswer> {
    return this.#call('getOrgUserRoles', { organizationId }, signal, { subject: `organization ${organizationId}`, read: readEntitlements });
  }

  /** The roles of a user, as documented; the public source answers 500, always. */
  getUserRoles(organizationId: string, userId: string, signal: AbortSignal): Promise<EntitlementsAnswer> {
    return this.#call('getUserRoles', { organizationId, userId }, signal, {
      subject: `user ${userId} of organization ${organizationId}`,
      read: readEntitlements,
    });
  }

  /** Ids of the roles of one user, as the server spells them; the way that the public source answers. */
  getUserRoleRelations(organizationId: string, userId: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#call('getUserNamespacePermissions', { organizationId, userId, namespace: roleNamespace }, signal, {
      subject: `user ${userId} of organization ${organizationId}`,
      read: readRoleRelations(userId),
    });
  }

  /** Everybody who can log in, whatever their organizations: there is neither a filter nor a page. */
  adminListIdentities(signal: AbortSignal): Promise<readonly IdentityAnswer[]> {
    return this.#call('adminListIdentities', {}, signal, { subject: 'the identities', read: readIdentities });
  }

  /** Gives one role to one user, who isn't checked to exist. */
  addUserToRole(place: UserRolePlace, signal: AbortSignal): Promise<AssignmentAnswer> {
    return this.#call('addUserToRole', { ...placesOf(place), userId: place.user }, signal, {
      subject: `user ${place.user}, ${subjectOf(place)}`,
      missing: 'role',
      read: readAssignment,
    });
  }

  /**
   * Takes one role from one user, with a GET: nothing on the way may repeat, fetch ahead or cache it. Counts as a write, so that a
   * lost answer leaves it open.
   */
  dangerouslyRevokeUserRoleByGet(place: UserRolePlace, signal: AbortSignal): Promise<void> {
    return this.#call('removeUserRole', { ...placesOf(place), userId: place.user }, signal, {
      subject: `user ${place.user}, ${subjectOf(place)}`,
      writes: true,
      headers: { 'cache-control': 'no-store' },
    });
  }

  /**
   * Documented to give roles to a user. The public source then takes every other relation away from everybody in the
   * organization, memberships and administrators included. Use `addUserToRole`.
   */
  dangerouslyReplaceRelationsOfOrganization(
    organizationId: string,
    userId: string,
    roles: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly AssignmentAnswer[]> {
    return this.#call('updateUserRoles', { organizationId, userId }, signal, {
      subject: `user ${userId} of organization ${organizationId}`,
      body: roles,
      read: readAssignments,
    });
  }

  /** Deletes every role of the organization, Klustr's own included. */
  dangerouslyDeleteAllOrganizationRoles(organizationId: string, signal: AbortSignal): Promise<void> {
    return this.#call('deleteAllOrganizationRoles', { organizationId }, signal, {
      subject: `organization ${organizationId}`,
      missing: 'organization',
    });
  }

  [Symbol.dispose](): void {
    this.#tokens[Symbol.dispose]();
  }

  async #call<Operation extends keyof typeof operations, T>(
    operation: Operation,
    places: PlacesOf<Operation>,
    signal: AbortSignal,
    rest: Omit<ApiCall<T>, 'operation' | 'method' | 'path'>,
  ): Promise<T> {
    const { method, path } = operations[operation];
    const call: ApiCall<T> = { operation, method, path: fillPath<string>(path, places), ...rest };
    return this.#tokens.use((token) => this.#send(call, token, signal), signal);
  }

  #send<T>(call: ApiCall<T>, token: string, signal: AbortSignal): Promise<T> {
    return this.#api.call({ ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } }, signal);
  }
}

/** Values for the places of an operation's path. */
type PlacesOf<Operation extends keyof typeof operations> = Readonly<Record<PathParameters<(typeof operations)[Operation]['path']>, string>>;

function placesOf({ organization, id }: RolePlace): Readonly<Record<'organizationId' | 'roleId', string>> {
  return { organizationId: organization, roleId: id };
}

function subjectOf({ organization, id }: RolePlace): string {
  return `role ${id} of organization ${organization}`;
}
