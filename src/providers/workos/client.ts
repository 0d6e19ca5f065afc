import type { RoleRef } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import { type ApiCall, fillPath, type Page, type PathParameters, ProviderApi, type StatusRule } from '../http/index.ts';
import {
  type MembershipAnswer,
  type PermissionAnswer,
  type RoleAnswer,
  readFailure,
  readMembership,
  readMembershipPage,
  readPermissionPage,
  readRole,
  readRoleList,
  readUser,
  readUserPage,
  type UserAnswer,
} from './answers.ts';
import {
  type AddRolePermission,
  type CreateOrganizationMembership,
  type CreateOrganizationRole,
  type CreatePermission,
  operations,
  type SetRolePermissions,
  type UpdateOrganizationMembership,
  type UpdateRole,
} from './generated/contract.ts';

/** What WorkOS means by statuses that mean something else elsewhere. */
const rules: readonly StatusRule[] = [
  { status: 409, kind: 'inUse', when: ({ failure }) => failure?.code === roleHasAssignments || failure?.code === roleHasGroupMappings },
  { status: 422, kind: 'notFound', missing: 'role', when: ({ failure }) => failure?.code === 'invalid_role' },
  { status: 422, kind: 'unsupported', when: ({ failure }) => failure?.code === multipleRolesNotEnabled },
];

/** More than one role for a membership, where the environment allows one. */
export const multipleRolesNotEnabled = 'multiple_roles_not_enabled';

/** Members of the organization hold the role. */
export const roleHasAssignments = 'role_has_assignments';
/** Groups of a directory are mapped to the role. */
const roleHasGroupMappings = 'role_has_group_role_mappings';

/** The largest page that the API gives. */
const pageSize = 100;

/** The operations of the WorkOS API that are used, one method and one request each. */
export class WorkosClient {
  readonly #api: ProviderApi;

  /** `baseURL` is canonical; `apiKey` is fit for a header. */
  constructor(baseURL: string, apiKey: string, deps: ConnectDeps) {
    const authorization = { authorization: `Bearer ${apiKey}` };
    this.#api = new ProviderApi({
      provider: 'WorkOS',
      baseURL,
      deps,
      authorize: async () => authorization,
      secrets: () => [apiKey],
      rules,
      readFailure,
    });
  }

  /** Roles of the organization, the environment's among them. */
  listOrganizationRoles(organizationId: string, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call('listOrganizationRoles', { organizationId }, signal, {
      subject: `organization ${organizationId}`,
      missing: 'organization',
      read: readRoleList,
    });
  }

  createOrganizationRole(ref: RoleRef, body: CreateOrganizationRole, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('createOrganizationRole', { organizationId: ref.organization }, signal, {
      subject: subjectOf(ref),
      missing: 'organization',
      body,
      read: readRole,
    });
  }

  updateOrganizationRole(ref: RoleRef, body: UpdateRole, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('updateOrganizationRole', placesOf(ref), signal, { subject: subjectOf(ref), missing: 'role', body, read: readRole });
  }

  deleteOrganizationRole(ref: RoleRef, signal: AbortSignal): Promise<void> {
    return this.#call('deleteOrganizationRole', placesOf(ref), signal, { subject: subjectOf(ref), missing: 'role' });
  }

  /** Replaces the whole set. A 404 can mean the role or one of the permissions. */
  setOrganizationRolePermissions(ref: RoleRef, body: SetRolePermissions, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('setOrganizationRolePermissions', placesOf(ref), signal, { subject: subjectOf(ref), body, read: readRole });
  }

  /** Adds one permission. A 404 can mean the role or the permission. */
  addOrganizationRolePermission(ref: RoleRef, body: AddRolePermission, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('addOrganizationRolePermission', placesOf(ref), signal, {
      subject: `${body.slug} for ${subjectOf(ref)}`,
      body,
      read: readRole,
    });
  }

  /** One page of the environment's catalogue; `after` is the cursor of the page before. */
  listPermissions(after: string | undefined, signal: AbortSignal, limit: number = pageSize): Promise<Page<PermissionAnswer>> {
    return this.#call('listPermissions', {}, signal, {
      subject: 'the catalogue of the environment',
      query: { limit, after },
      read: readPermissionPage,
    });
  }

  createPermission(body: CreatePermission, signal: AbortSignal): Promise<void> {
    return this.#call('createPermission', {}, signal, { subject: `permission ${body.slug}`, body });
  }

  /** One page of the memberships of an organization, or of one user in it, whatever their status. */
  listOrganizationMemberships(place: MembershipPlace, after: string | undefined, signal: AbortSignal): Promise<Page<MembershipAnswer>> {
    const { organization, user } = place;
    return this.#call('listOrganizationMemberships', {}, signal, {
      subject: user === undefined ? `organization ${organization}` : userOf(user, organization),
      // Of a later page, it may be the membership at which the page begins that is gone.
      ...(after === undefined ? { missing: 'organization' } : {}),
      // Without statuses only active members are listed, and an invited one holds the role too.
      query: { organization_id: organization, user_id: user, statuses: 'active,inactive,pending', limit: pageSize, after },
      read: readMembershipPage,
    });
  }

  /** Makes a user a member. Reactivates one who is inactive. A 404 can mean the organization or the user. */
  createOrganizationMembership(body: CreateOrganizationMembership, signal: AbortSignal): Promise<MembershipAnswer> {
    return this.#call('createOrganizationMembership', {}, signal, {
      subject: userOf(body.user_id, body.organization_id),
      body,
      read: readMembership,
    });
  }

  /** Replaces the roles of a membership. */
  updateOrganizationMembership(
    { id, userID, organizationID }: MembershipAnswer,
    body: UpdateOrganizationMembership,
    signal: AbortSignal,
  ): Promise<MembershipAnswer> {
    return this.#call('updateOrganizationMembership', { id }, signal, {
      subject: userOf(userID, organizationID),
      body,
      read: readMembership,
    });
  }

  /** Makes an inactive membership active, with the roles that it has. */
  reactivateOrganizationMembership({ id, userID, organizationID }: MembershipAnswer, signal: AbortSignal): Promise<MembershipAnswer> {
    return this.#call('reactivateOrganizationMembership', { id }, signal, {
      subject: userOf(userID, organizationID),
      read: readMembership,
    });
  }

  /** One page of the users with an e-mail address. */
  listUsers(email: string, after: string | undefined, signal: AbortSignal): Promise<Page<UserAnswer>> {
    return this.#call('listUsers', {}, signal, {
      subject: 'the users with an e-mail address',
      query: { email, limit: pageSize, after },
      read: readUserPage,
    });
  }

  getUser(id: string, signal: AbortSignal): Promise<UserAnswer> {
    return this.#call('getUser', { id }, signal, { subject: `user ${id}`, missing: 'subject', read: readUser });
  }

  #call<Operation extends keyof typeof operations, T>(
    operation: Operation,
    places: PlacesOf<Operation>,
    signal: AbortSignal,
    rest: Omit<ApiCall<T>, 'operation' | 'method' | 'path'>,
  ): Promise<T> {
    const { method, path } = operations[operation];
    return this.#api.call({ operation, method, path: fillPath<string>(path, places), ...rest }, signal);
  }
}

/** Whose memberships: of everybody in an organization, or of one user in it. */
export interface MembershipPlace {
  readonly organization: string;
  readonly user?: string;
}

/** Values for the places of an operation's path. */
type PlacesOf<Operation extends keyof typeof operations> = Readonly<Record<PathParameters<(typeof operations)[Operation]['path']>, string>>;

function placesOf(ref: RoleRef): Readonly<Record<'organizationId' | 'slug', string>> {
  return { organizationId: ref.organization, slug: ref.slug };
}

function subjectOf(ref: RoleRef): string {
  return `role ${ref.slug} of organization ${ref.organization}`;
}

function userOf(user: string, organization: string): string {
  return `user ${user} of organization ${organization}`;
}
