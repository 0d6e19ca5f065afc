import { ProviderError, type RoleRef } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import { type ApiCall, callURL, fillPath, ProviderApi, readAllPages, type StatusRule, TokenSource } from '../http/index.ts';
import {
  type MembershipAnswer,
  pointersIn,
  readFailure,
  readMembership,
  readNothing,
  readRoleID,
  readToken,
  readTokenFailure,
  readUser,
  readUserPage,
  type UserAnswer,
} from './answers.ts';
import { assumptions } from './assumptions.ts';
import type { AwsSigner } from './aws-signer.ts';
import { type CreateUser, type Dialect, type LinkUser, type OperationID, pageSize } from './contract.ts';

/** What a KarmoClient works with. */
export interface KarmoClientParts {
  /** Canonical. */
  readonly baseURL: string;
  readonly dialect: Dialect;
  /** Undefined: the deployment wants no tokens. */
  readonly signer: AwsSigner | undefined;
  /** What must never be shown, besides what the signer signs with. */
  readonly secrets: readonly string[];
  readonly deps: ConnectDeps;
}

/** Which member of which organization. */
export interface MemberPlace {
  readonly tenant: string;
  readonly user: string;
}

/** Karmo's own 503 is that of an access provider that nobody has configured, which only a person mends. */
const notConfigured: StatusRule = {
  status: assumptions.notConfigured.status,
  kind: 'transient',
  when: ({ failure }) => failure?.code !== undefined,
  retryAfterMs: assumptions.notConfigured.retryAfterMs,
};

/** Whoever gets no token is refused for who they are, by the gateway or by Karmo. Nothing of a role can be missing there. */
const tokenRules: readonly StatusRule[] = [
  { status: 403, kind: 'unauthorized', when: ({ failure }) => failure !== undefined },
  { status: 404, kind: 'transient' },
  notConfigured,
];

/** What is missing is not said in words that can be relied on, but for this. */
const memberRules: readonly StatusRule[] = [
  {
    status: [400, 422],
    kind: 'notFound',
    missing: 'role',
    when: ({ operation, failure, body }) =>
      operation === 'linkUserToOrganization' &&
      failure !== undefined &&
      pointersIn(body).some((pointer) => assumptions.refusedRole.test(pointer)),
  },
];

/** What keeping roles needs of the client, and all that may be handed to whoever keeps them. */
export type RoleCalls = Pick<KarmoClient, 'probe' | 'syncRolePermissions' | 'upsertRole'> & Disposable;

/** What giving roles to people needs of the client. */
export type MemberCalls = Pick<
  KarmoClient,
  'hasOrganization' | 'linkUserToOrganization' | 'listUsers' | 'reactivateOrganizationMembership'
>;

/**
 * The operations of Karmo's auth-api, one method each and one request but for listUsers; a request whose token is refused is sent once
 * more with a new one.
 */
export class KarmoClient implements Disposable {
  readonly #dialect: Dialect;
  readonly #api: ProviderApi;
  readonly #tokens: TokenSource | undefined;

  constructor(parts: KarmoClientParts) {
    const { baseURL, dialect, signer, deps } = parts;
    this.#dialect = dialect;
    const tokens = signer === undefined ? undefined : tokenSource(parts, signer);
    this.#tokens = tokens;
    this.#api = new ProviderApi({
      provider: 'Karmo',
      baseURL,
      deps,
      // Each call brings the token that it goes with, so that a refused one can be told from one that was renewed meanwhile.
      authorize: async () => ({}),
      secrets: () => [...parts.secrets, ...(signer?.secrets ?? []), ...(tokens?.issued ?? [])],
      rules: [...memberRules, notConfigured],
      readFailure,
    });
  }

  /**
   * With tokens: gets one now, which proves address and AWS identity. Without: any answer of the address that isn't a server's failure,
   * since no operation can be called without naming an organization.
   */
  async probe(signal: AbortSignal): Promise<void> {
    if (this.#tokens !== undefined) await this.issueToken(signal);
    else await this.#reach(signal);
  }

  /** Gets a service token now and keeps it for the calls to come. Rejects where the deployment is used without tokens. */
  async issueToken(signal: AbortSignal): Promise<void> {
    if (this.#tokens !== undefined) await this.#tokens.renew(signal);
    else throw new ProviderError('invalid', 'Karmo issueToken: set aws to get tokens', { operation: 'issueToken' });
  }

  /** Creates the role, or renames the one of that slug. A 404 can only mean the organization. */
  upsertRole(ref: RoleRef, name: string, signal: AbortSignal): Promise<string | undefined> {
    const { properties } = this.#dialect;
    return this.#call('upsertRole', placesOf(ref), signal, {
      subject: subjectOf(ref),
      missing: 'organization',
      body: { [properties.roleName]: name },
      read: readRoleID(properties),
      mayBeEmpty: true,
    });
  }

  /** Replaces the whole set; permissions that nobody knows come to exist. A 404 can mean the role or the organization. */
  async syncRolePermissions(ref: RoleRef, permissions: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#call('syncRolePermissions', placesOf(ref), signal, {
      subject: subjectOf(ref),
      missing: 'role',
      body: { [this.#dialect.properties.permissions]: permissions },
      read: readNothing,
      mayBeEmpty: true,
    });
  }

  /**
   * Makes the user a member, or replaces those of the member's roles that are in `roleSet`. A 404 can mean the user or the organization. A
   * role outside of the set is refused here, so that Karmo's refusal of one means that there is none.
   */
  async linkUserToOrganization(place: MemberPlace, body: LinkUser, signal: AbortSignal): Promise<MembershipAnswer> {
    const operation = 'linkUserToOrganization';
    const rejected = body.roles.filter((role) => !body.roleSet.includes(role));
    if (rejected.length > 0) {
      throw new ProviderError('invalid', `Karmo ${operation}, ${memberOf(place)}: ${rejected.join(', ')} must be in roleSet as well`, {
        operation,
        rejected,
      });
    }
    return this.#onMember('linkUserToOrganization', place, { roles: body.roles, roleSet: body.roleSet }, signal);
  }

  /** Makes an inactive membership active again, with the roles it had. */
  reactivateOrganizationMembership(place: MemberPlace, signal: AbortSignal): Promise<MembershipAnswer> {
    return this.#onMember('reactivateOrganizationMembership', place, undefined, signal);
  }

  /** Every user of the organization, read to the last page. */
  listUsers(tenantId: string, signal: AbortSignal): Promise<readonly UserAnswer[]> {
    const { properties } = this.#dialect;
    return readAllPages({
      operation: 'listUsers',
      keyOf: (user) => user.id,
      read: (after) =>
        this.#call('listUsers', { tenantId }, signal, {
          subject: `organization ${tenantId}`,
          missing: 'organization',
          query: { [properties.pageSize]: pageSize, after },
          read: readUserPage(properties),
        }),
    });
  }

  /** Whether there is the organization, by its shortest page of users. */
  async hasOrganization(tenantId: string, signal: AbortSignal): Promise<boolean> {
    const { properties } = this.#dialect;
    try {
      await this.#call('listUsers', { tenantId }, signal, {
        subject: `organization ${tenantId}`,
        query: { [properties.pageSize]: 1 },
        read: readUserPage(properties),
      });
      return true;
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound') return false;
      throw error;
    }
  }

  /** Creates a user whose email address counts as verified from then on: for migrations that somebody answers for. */
  createUser(user: CreateUser, signal: AbortSignal): Promise<UserAnswer> {
    const { properties } = this.#dialect;
    return this.#call('createUser', {}, signal, {
      subject: 'a new user',
      body: {
        [properties.email]: user.email,
        [properties.mobileNumber]: user.mobileNumber,
        [properties.firstName]: user.firstName,
        [properties.lastName]: user.lastName,
      },
      read: readUser(properties),
    });
  }

  [Symbol.dispose](): void {
    this.#tokens?.[Symbol.dispose]();
  }

  #onMember(
    operation: 'linkUserToOrganization' | 'reactivateOrganizationMembership',
    { tenant, user }: MemberPlace,
    body: unknown,
    signal: AbortSignal,
  ): Promise<MembershipAnswer> {
    return this.#call(operation, { tenantId: tenant, userId: user }, signal, {
      subject: memberOf({ tenant, user }),
      ...(body === undefined ? {} : { body }),
      read: readMembership(this.#dialect.properties, tenant, user),
    });
  }

  async #reach(signal: AbortSignal): Promise<void> {
    try {
      await this.#api.call({ operation: 'probe', method: 'GET', path: '/', subject: 'the base URL' }, signal);
    } catch (error) {
      const status = error instanceof ProviderError ? error.details.status : undefined;
      if (status === undefined || status === 401 || status < 400 || status >= 500 || status === 429) throw withoutToken(error);
    }
  }

  async #call<T>(
    operation: OperationID,
    places: Readonly<Record<string, string>>,
    signal: AbortSignal,
    rest: Omit<ApiCall<T>, 'operation' | 'method' | 'path'>,
  ): Promise<T> {
    const { method, path } = this.#dialect.operations[operation];
    const call: ApiCall<T> = { operation, method, path: fillPath<string>(path, places), writes: operation !== 'listUsers', ...rest };
    if (this.#tokens !== undefined) {
      return this.#tokens.use((token) => this.#api.call({ ...call, headers: { authorization: `Bearer ${token}` } }, signal), signal);
    }
    try {
      return await this.#api.call(call, signal);
    } catch (error) {
      throw withoutToken(error);
    }
  }
}

/** Tokens for which an AWS identity signs. */
function tokenSource({ baseURL, dialect, secrets, deps }: KarmoClientParts, signer: AwsSigner): TokenSource {
  const operation = 'issueToken';
  const { method, path } = dialect.operations[operation];
  const api = new ProviderApi({
    provider: 'Karmo',
    baseURL,
    deps,
    authorize: (signal) => signer.sign({ operation, method, url: callURL(baseURL, path) }, signal),
    secrets: () => [...secrets, ...signer.secrets, ...tokens.issued],
    rules: tokenRules,
    readFailure: readTokenFailure,
  });
  const tokens: TokenSource = new TokenSource({
    clock: deps.clock,
    provider: 'Karmo',
    operation,
    // No role hangs on a token, so a lost answer leaves nothing open.
    request: (_issued, signal) =>
      api.call({ operation, method, path, subject: `AWS identity at ${new URL(baseURL).origin}`, writes: false, read: readToken }, signal),
  });
  return tokens;
}

function withoutToken(error: unknown): unknown {
  if (!(error instanceof ProviderError) || error.kind !== 'unauthorized') return error;
  const message = `${error.message.replace(/\.$/, '')}; this deployment asks for a token: set aws`;
  return new ProviderError('unauthorized', message, { ...error.details, cause: error });
}

function placesOf({ organization, slug }: RoleRef): Readonly<Record<'tenantId' | 'roleSlug', string>> {
  return { tenantId: organization, roleSlug: slug };
}

function subjectOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of organization ${organization}`;
}

function memberOf({ tenant, user }: MemberPlace): string {
  return `user ${user} of organization ${tenant}`;
}
