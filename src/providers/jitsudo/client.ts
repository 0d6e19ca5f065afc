import type { RoleRef } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import { type ApiCall, fillPath, type PathParameters, ProviderApi, type StatusRule } from '../http/index.ts';
import {
  type RoleAnswer,
  readFailure,
  readRole,
  readRoleList,
  readScopes,
  readUpdatedUser,
  readUser,
  readUserList,
  type UserAnswer,
} from './answers.ts';
import { assumptions } from './assumptions.ts';
import { assumedOperations, type CreateRole, operations, tenantMismatch, type UpdateRole, type UpdateUser } from './contract.ts';
import { tenantHeader } from './tenant.ts';

/** What jitsudo means by statuses that mean something else elsewhere. */
const rules: readonly StatusRule[] = [
  { status: 403, kind: 'unauthorized', when: ({ failure }) => failure?.code === tenantMismatch },
  // Of the documented operations a server has every one, so there it is somebody on the way who answers so.
  { status: 405, kind: 'unsupported', when: ({ operation }) => assumedOperations.has(operation) },
  { status: 409, kind: 'inUse', when: assumptions.meansHeld },
];

/** What proves who is calling: an API key or a token, never both. */
export type JitsudoCredential = { readonly apiKey: string } | { readonly token: string };

/** The operations of the jitsudo API that are used, one method and one request each. */
export class JitsudoClient {
  readonly #api: ProviderApi;

  /** `baseURL` is canonical; the credential is fit for a header. */
  constructor(baseURL: string, credential: JitsudoCredential, deps: ConnectDeps) {
    const secret = 'apiKey' in credential ? credential.apiKey : credential.token;
    const authorization = 'apiKey' in credential ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` };
    this.#api = new ProviderApi({
      provider: 'jitsudo',
      baseURL,
      deps,
      authorize: async () => authorization,
      secrets: () => [secret],
      rules,
      readFailure,
    });
  }

  /** Every role of the tenant, system roles among them. */
  listRoles(tenant: string, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call('listRoles', tenant, {}, signal, { subject: `tenant ${tenant}`, missing: 'organization', read: readRoleList });
  }

  /** Assumed. A 404 means that the server has no such operation: nothing else could be missing. */
  createRole(ref: RoleRef, body: CreateRole, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('createRole', ref.organization, {}, signal, { subject: subjectOf(ref), body, read: readRole(ref.slug) });
  }

  updateRole(ref: RoleRef, body: UpdateRole, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call('updateRole', ref.organization, { slug: ref.slug }, signal, {
      subject: subjectOf(ref),
      missing: 'role',
      body,
      read: readRole(ref.slug),
    });
  }

  /** Assumed. A 404 can mean the role or the operation. */
  deleteRole(ref: RoleRef, signal: AbortSignal): Promise<void> {
    return this.#call('deleteRole', ref.organization, { slug: ref.slug }, signal, { subject: subjectOf(ref) });
  }

  /** Every scope that a role may have. */
  listPermissions(tenant: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#call('listPermissions', tenant, {}, signal, { subject: `the scopes of tenant ${tenant}`, read: readScopes });
  }

  /** Assumed. Every user of the tenant. */
  listUsers(tenant: string, signal: AbortSignal): Promise<readonly UserAnswer[]> {
    return this.#call('listUsers', tenant, {}, signal, { subject: `the users of tenant ${tenant}`, read: readUserList });
  }

  /** Assumed. A 404 can mean the user or the operation. */
  getUser(tenant: string, id: string, signal: AbortSignal): Promise<UserAnswer> {
    return this.#call('getUser', tenant, { id }, signal, { subject: userOf(tenant, id), read: readUser(id) });
  }

  /** Replaces name and roles. Gives back the roles after it; undefined where the answer doesn't say. */
  updateUser(tenant: string, id: string, body: UpdateUser, signal: AbortSignal): Promise<readonly string[] | undefined> {
    return this.#call('updateUser', tenant, { id }, signal, {
      subject: userOf(tenant, id),
      missing: 'subject',
      body,
      read: readUpdatedUser(id),
    });
  }

  async #call<Operation extends keyof typeof operations, T>(
    operation: Operation,
    tenant: string,
    places: PlacesOf<Operation>,
    signal: AbortSignal,
    rest: Omit<ApiCall<T>, 'operation' | 'method' | 'path' | 'headers'>,
  ): Promise<T> {
    const { method, path } = operations[operation];
    const headers = tenantHeader(tenant, operation);
    return this.#api.call({ operation, method, path: fillPath<string>(path, places), headers, ...rest }, signal);
  }
}

/** Values for the places of an operation's path. */
type PlacesOf<Operation extends keyof typeof operations> = Readonly<Record<PathParameters<(typeof operations)[Operation]['path']>, string>>;

function subjectOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of tenant ${organization}`;
}

function userOf(tenant: string, id: string): string {
  return `user ${id} of tenant ${tenant}`;
}
