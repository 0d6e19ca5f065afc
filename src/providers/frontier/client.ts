import type { DescMessage, JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { ProviderError } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import {
  type PolicyAnswer,
  type RoleAnswer,
  readIDs,
  readPermissions,
  readPolicies,
  readPolicy,
  readRole,
  readRoles,
  readToken,
  readUser,
  readUsers,
  type UserAnswer,
} from './answers.ts';
import { Authorization, type ServiceUser } from './authorization.ts';
import { AutoRpc } from './auto-rpc.ts';
import { ConnectRpc } from './connect-rpc.ts';
import { lacksCall, withHint } from './failures.ts';
import { AdminService, FrontierService, type RoleRequestBodySchema } from './generated/frontier_pb.ts';
import type { Metadata } from './metadata.ts';
import { platform } from './organizations.ts';
import { organizationResource } from './principals.ts';
import { RestRpc, type RpcParts } from './rest-rpc.ts';
import type { Rpc, RpcCall } from './rpc.ts';

/** Which way to the server. */
export type Transport = 'Auto' | 'REST' | 'Connect';

/** What a client is made of. */
export interface FrontierClientOptions {
  /** Canonical. */
  readonly baseURL: string;
  readonly transport: Transport;
  readonly user: ServiceUser;
  /** How long a token is kept that doesn't say how long it lives, in milliseconds. */
  readonly tokenLifetimeMs: number;
}

/** Which role. */
export interface RolePlace {
  /** Uuid. */
  readonly organization: string;
  /** Uuid; Frontier finds custom roles by nothing else. */
  readonly id: string;
  /** For messages. */
  readonly name: string;
}

/** A whole role as it is sent. What is left out or empty is cleared. */
export interface RoleDocument {
  readonly name: string;
  readonly title: string;
  /** Slugs; at least one. */
  readonly permissions: readonly string[];
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
}

/** That a principal holds a role on an organization. */
export interface GrantPlace {
  /** Uuid. */
  readonly organization: string;
  /** Uuid of the role. */
  readonly roleID: string;
  /** For messages. */
  readonly role: string;
  /** `namespace:uuid`. */
  readonly principal: string;
}

/** What keeping roles and their holders needs of the client. */
export type FrontierCalls = Pick<FrontierClient, Exclude<keyof FrontierClient, symbol>> & Disposable;

const noSuchCall = 'where that is right, the server has no such call: transport is REST for servers up to v0.90 and Connect for newer ones';
const noSuchOrganization = "Frontier says the same of an organization that doesn't exist, to everybody";

/**
 * The calls of Frontier that roles and their holders need, one method and one request each; a request whose token is refused is sent once more with
 * a new one. What a call says and what it answers is the same over REST and Connect.
 */
export class FrontierClient implements Disposable {
  readonly #rpc: Rpc & Partial<Disposable>;
  readonly #authorization: Authorization;

  constructor({ baseURL, transport, user, tokenLifetimeMs }: FrontierClientOptions, deps: ConnectDeps) {
    this.#rpc = rpcOf(transport, { baseURL, deps, secrets: () => this.#authorization.secrets });
    this.#authorization = new Authorization({
      user,
      clock: deps.clock,
      lifetimeMs: tokenLifetimeMs,
      issue: (basic, signal) => this.#authToken(basic, signal),
    });
  }

  /** The custom roles of the organization, all of them: Frontier knows no pages here. */
  listOrganizationRoles(organization: string, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call(
      {
        method: FrontierService.method.listOrganizationRoles,
        input: { orgId: organization },
        subject: `organization ${organization}`,
        missing: 'organization',
        read: ({ roles }) => readRoles(organization, roles),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** One role. */
  getOrganizationRole(place: RolePlace, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call(
      {
        method: FrontierService.method.getOrganizationRole,
        input: { orgId: place.organization, id: place.id },
        subject: subjectOf(place),
        missing: 'role',
        read: ({ role }) => readRole(place.organization, role),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** Makes a role, or takes over the one of that name and leaves in effect what it granted: look first. */
  createOrganizationRole(organization: string, body: RoleDocument, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call(
      {
        method: FrontierService.method.createOrganizationRole,
        input: { orgId: organization, body: messageOf(body) },
        subject: `role ${body.name} of organization ${organization}`,
        missing: 'organization',
        read: ({ role }) => readRole(organization, role, body.name),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** Replaces the whole role. Two at a time for one role leave it in a state that neither has asked for. */
  updateOrganizationRole(place: RolePlace, body: RoleDocument, signal: AbortSignal): Promise<RoleAnswer> {
    return this.#call(
      {
        method: FrontierService.method.updateOrganizationRole,
        input: { orgId: place.organization, id: place.id, body: messageOf(body) },
        subject: subjectOf(place),
        missing: 'role',
        read: ({ role }) => readRole(place.organization, role, body.name),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** Deletes a role. Servers before v0.106.1 take everybody's access before they refuse it for a role that is held: look first. */
  deleteOrganizationRole(place: RolePlace, signal: AbortSignal): Promise<void> {
    return this.#call(
      {
        method: FrontierService.method.deleteOrganizationRole,
        input: { orgId: place.organization, id: place.id },
        subject: subjectOf(place),
        missing: 'role',
        read: () => undefined,
      },
      signal,
      noSuchOrganization,
    );
  }

  /** The slugs of all permissions of the server. */
  listPermissions(signal: AbortSignal): Promise<ReadonlySet<string>> {
    return this.#call(
      {
        method: FrontierService.method.listPermissions,
        input: {},
        subject: 'permissions of the server',
        read: ({ permissions }) => readPermissions(permissions),
      },
      signal,
    );
  }

  /** Makes permissions, by their keys; one that exists stays as it is. */
  createPermissions(keys: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#call(
      {
        method: AdminService.method.createPermission,
        input: { bodies: keys.map((key) => ({ key })) },
        subject: `permissions ${keys.join(', ')}`,
        read: () => undefined,
      },
      signal,
      'only superusers of the platform can create permissions',
    );
  }

  /** Who holds a role: on the organization itself, or anywhere, which only superusers may ask. */
  listPolicies(place: RolePlace, where: 'organization' | 'anywhere', signal: AbortSignal): Promise<readonly PolicyAnswer[]> {
    return this.#call(
      {
        method: FrontierService.method.listPolicies,
        input: { roleId: place.id, ...(where === 'organization' ? { orgId: place.organization } : {}) },
        subject: `holders of ${subjectOf(place)}`,
        read: ({ policies }) => readPolicies(policies),
      },
      signal,
      where === 'organization' ? noSuchOrganization : undefined,
    );
  }

  /** Who holds anything on the organization, or what one principal holds there, given by its uuid, whatever it is. */
  listOrganizationPolicies(organization: string, principalID: string | undefined, signal: AbortSignal): Promise<readonly PolicyAnswer[]> {
    const who = principalID === undefined ? 'holders of roles' : `roles of ${principalID}`;
    return this.#call(
      {
        method: FrontierService.method.listPolicies,
        input: { orgId: organization, ...(principalID === undefined ? {} : { userId: principalID }) },
        subject: `${who} of organization ${organization}`,
        missing: 'organization',
        read: ({ policies }) => readPolicies(policies),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** Grants a role. Frontier asks neither whether there is such a principal nor whose the role is, and answers 500 for an unknown role. */
  createPolicy(place: GrantPlace, signal: AbortSignal): Promise<PolicyAnswer> {
    const { roleID: roleId, principal } = place;
    const resource = organizationResource(place.organization);
    return this.#call(
      {
        method: FrontierService.method.createPolicy,
        input: { body: { roleId, resource, principal } },
        subject: grantOf(place),
        read: ({ policy }) => readPolicy(policy, { roleId, resource, principal }),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** Revokes a role by the id of the policy that grants it. One that isn't there is `notFound`. */
  deletePolicy(id: string, place: GrantPlace, signal: AbortSignal): Promise<void> {
    return this.#call(
      { method: FrontierService.method.deletePolicy, input: { id }, subject: grantOf(place), read: () => undefined },
      signal,
    );
  }

  /** The platform's own roles, which can be held in every organization. */
  listRoles(signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    return this.#call(
      {
        method: FrontierService.method.listRoles,
        input: {},
        subject: 'roles of the platform',
        read: ({ roles }) => readRoles(platform, roles),
      },
      signal,
    );
  }

  /** A user of the server by uuid or e-mail address, in any case. `forbidden` to all but superusers. */
  getUser(text: string, signal: AbortSignal): Promise<UserAnswer> {
    return this.#call(
      {
        method: FrontierService.method.getUser,
        input: { id: text },
        subject: `user ${text}`,
        missing: 'subject',
        read: ({ user }) => readUser(user, text),
      },
      signal,
      'only superusers of the platform can look up a user who is no member of the organization',
    );
  }

  /** The users who hold anything on the organization, all of them. */
  listOrganizationUsers(organization: string, signal: AbortSignal): Promise<readonly UserAnswer[]> {
    return this.#call(
      {
        method: FrontierService.method.listOrganizationUsers,
        input: { id: organization },
        subject: `users of organization ${organization}`,
        missing: 'organization',
        read: ({ users }) => readUsers(users),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** The uuids of the organization's groups, all of them. Not for everybody who may manage policies. */
  listOrganizationGroups(organization: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    return this.#call(
      {
        method: FrontierService.method.listOrganizationGroups,
        input: { orgId: organization },
        subject: `groups of organization ${organization}`,
        missing: 'organization',
        read: ({ groups }) => readIDs(groups, 'groups'),
      },
      signal,
      noSuchOrganization,
    );
  }

  /** The uuids of the organization's service users, all of them. */
  listOrganizationServiceUsers(organization: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    return this.#call(
      {
        method: FrontierService.method.listOrganizationServiceUsers,
        input: { id: organization },
        subject: `service users of organization ${organization}`,
        missing: 'organization',
        read: ({ serviceusers }) => readIDs(serviceusers, 'serviceusers'),
      },
      signal,
      noSuchOrganization,
    );
  }

  [Symbol.dispose](): void {
    this.#authorization[Symbol.dispose]();
    this.#rpc[Symbol.dispose]?.();
  }

  #authToken(basic: string, signal: AbortSignal): Promise<string> {
    return this.#explained(
      this.#rpc.call(
        {
          method: FrontierService.method.authToken,
          // The secret stands in the header: servers with Connect don't take it from the body.
          input: { grantType: 'client_credentials' },
          authorization: basic,
          subject: 'token of the service user',
          read: readToken,
        },
        signal,
      ),
    );
  }

  /** `hint`: what a refusal may mean besides. */
  #call<I extends DescMessage, O extends DescMessage, T>(
    call: Omit<RpcCall<I, O, T>, 'authorization'>,
    signal: AbortSignal,
    hint?: string,
  ): Promise<T> {
    return this.#authorization.use((authorization) => this.#explained(this.#rpc.call({ ...call, authorization }, signal), hint), signal);
  }

  async #explained<T>(outcome: Promise<T>, hint?: string): Promise<T> {
    try {
      return await outcome;
    } catch (error) {
      if (lacksCall(error)) throw withHint(error, noSuchCall);
      if (error instanceof ProviderError && error.details.status === 403 && hint !== undefined) throw withHint(error, hint);
      throw error;
    }
  }
}

function rpcOf(transport: Transport, parts: RpcParts): Rpc & Partial<Disposable> {
  switch (transport) {
    case 'REST':
      return new RestRpc(parts);
    case 'Connect':
      return new ConnectRpc(parts);
    case 'Auto':
      return new AutoRpc(parts);
  }
}

function messageOf({ name, title, permissions, scopes, metadata }: RoleDocument): MessageInitShape<typeof RoleRequestBodySchema> {
  return { name, title, permissions: [...permissions], scopes: [...scopes], metadata: metadata as JsonObject };
}

function subjectOf({ organization, name }: RolePlace): string {
  return `role ${name} of organization ${organization}`;
}

function grantOf({ organization, role, principal }: GrantPlace): string {
  return `role ${role} of organization ${organization} for ${principal}`;
}
