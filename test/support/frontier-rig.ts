import { type ExchangeRecord, type RunningEmulator, startEmulator } from '../../src/emulators/index.ts';
import { ContractValidator, type Violation } from './contract-validator.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Releases that the emulator behaves as. */
export type FrontierVersion = 'v0.90' | 'v0.99' | 'v0.115';

/** An answer of either wire. */
export interface FrontierAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the body is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted on, not computed with.
  readonly body: any;
}

type Fields = Readonly<Record<string, unknown>>;

/** Ids of what the rig's state holds. */
export const ids = {
  acme: 'aaaaaaaa-0000-4000-8000-000000000001',
  other: 'aaaaaaaa-0000-4000-8000-000000000002',
  nobody: 'aaaaaaaa-0000-4000-8000-00000000ffff',
  viewer: 'bbbbbbbb-0000-4000-8000-000000000001',
  editor: 'bbbbbbbb-0000-4000-8000-000000000002',
  foreign: 'bbbbbbbb-0000-4000-8000-000000000003',
  alex: 'cccccccc-0000-4000-8000-000000000001',
  robin: 'cccccccc-0000-4000-8000-000000000002',
  team: 'dddddddd-0000-4000-8000-000000000001',
  root: 'eeeeeeee-0000-4000-8000-000000000001',
  manager: 'eeeeeeee-0000-4000-8000-000000000002',
  stranger: 'eeeeeeee-0000-4000-8000-000000000003',
} as const;

const created = '2026-01-01T00:00:00.000Z';

/** The rig's state, as a seed. */
export const seed = {
  permissions: ['compute.order.get', 'compute.order.list', { key: 'compute.order.update', title: 'Update orders' }],
  users: [
    { id: ids.alex, email: 'Alex@acme.test', name: 'alex', title: 'Alex' },
    { id: ids.robin, email: 'robin@acme.test', name: 'robin' },
  ],
  organizations: [
    {
      id: ids.acme,
      name: 'acme',
      title: 'Acme',
      roles: [
        {
          id: ids.viewer,
          name: 'viewer',
          title: 'Viewer',
          permissions: ['compute_order_get'],
          scopes: ['app/organization'],
          metadata: { team: 'x' },
          createdAt: created,
          updatedAt: created,
        },
        { id: ids.editor, name: 'editor', permissions: ['compute_order_update', 'compute_order_get'] },
      ],
      groups: [{ id: ids.team, name: 'team', members: ['robin@acme.test'] }],
    },
    { id: ids.other, name: 'other', title: 'Other', roles: [{ id: ids.foreign, name: 'viewer', permissions: ['compute_order_list'] }] },
  ],
  serviceUsers: [
    { id: ids.root, secret: 'root secret', superuser: true, bootstrap: true },
    {
      id: ids.manager,
      clientID: 'manager id',
      organization: 'acme',
      title: 'manager',
      secret: 'p+ss:w%rd',
      roles: ['app_organization_accessmanager', 'app_organization_viewer'],
    },
    { id: ids.stranger, organization: 'acme', secret: 's' },
  ],
  policies: [{ organization: 'acme', role: 'app_organization_owner', principal: 'user:alex@acme.test' }],
};

/** Headers of somebody who proves themselves with id and secret. */
export const basic = {
  root: basicOf(ids.root, 'root secret'),
  manager: basicOf('manager id', 'p+ss:w%rd'),
  stranger: basicOf(ids.stranger, 's'),
} as const;

/** The header of an id and a secret. */
export function basicOf(id: string, secret: string): string {
  return `Basic ${btoa(`${id}:${secret}`)}`;
}

const organization = '/v1beta1/organizations/';
const rolesPath = (message: Fields): string => `${organization}${message.org_id}/roles`;
const admin = ['CreatePermission', 'AddOrganizationMembers'];

/** How REST has an operation: method, path, and what of the message is in neither path nor body. */
const routes: Readonly<Record<string, (message: Fields) => readonly [method: string, path: string, body?: unknown, query?: Fields]>> = {
  AuthToken: (message) => ['POST', '/v1beta1/auth/token', message],
  ListOrganizationRoles: ({ org_id, ...query }) => ['GET', rolesPath({ org_id }), undefined, query],
  CreateOrganizationRole: (message) => ['POST', rolesPath(message), message.body],
  GetOrganizationRole: (message) => ['GET', `${rolesPath(message)}/${message.id}`],
  UpdateOrganizationRole: (message) => ['PUT', `${rolesPath(message)}/${message.id}`, message.body],
  DeleteOrganizationRole: (message) => ['DELETE', `${rolesPath(message)}/${message.id}`],
  ListRoles: (query) => ['GET', '/v1beta1/roles', undefined, query],
  ListPermissions: () => ['GET', '/v1beta1/permissions'],
  GetPermission: ({ id }) => ['GET', `/v1beta1/permissions/${encodeURIComponent(String(id))}`],
  CreatePermission: (message) => ['POST', '/v1beta1/permissions', message],
  ListPolicies: (query) => ['GET', '/v1beta1/policies', undefined, query],
  CreatePolicy: ({ body }) => ['POST', '/v1beta1/policies', body],
  GetPolicy: ({ id }) => ['GET', `/v1beta1/policies/${id}`],
  DeletePolicy: ({ id }) => ['DELETE', `/v1beta1/policies/${id}`],
  ListUsers: (query) => ['GET', '/v1beta1/users', undefined, query],
  GetUser: ({ id }) => ['GET', `/v1beta1/users/${encodeURIComponent(String(id))}`],
  GetOrganization: ({ id }) => ['GET', `${organization}${id}`],
  ListOrganizationUsers: ({ id, role_ids, ...query }) => [
    'GET',
    `${organization}${id}/users`,
    undefined,
    { with_roles: true, ...query, ...(role_ids === undefined ? {} : { role_filters: role_ids }) },
  ],
  AddOrganizationUsers: ({ id, ...message }) => ['POST', `${organization}${id}/users`, message],
  RemoveOrganizationUser: ({ id, user_id }) => ['DELETE', `${organization}${id}/users/${user_id}`],
  ListOrganizationGroups: ({ org_id, ...query }) => ['GET', `${organization}${org_id}/groups`, undefined, query],
  ListOrganizationServiceUsers: ({ id }) => ['GET', `${organization}${id}/serviceusers`],
};

/** How strictly an exchange is held against the contract: both sides, the answer only, or not at all. */
type Strictness = 'both' | 'answer' | 'none';

/** A Frontier emulator of one version, asked over the wire that the version speaks, each exchange held against its contract. */
export class FrontierRig {
  readonly clock = new VirtualClock();
  readonly violations: Violation[] = [];
  readonly #validator: ContractValidator;
  readonly #rest: boolean;
  #emulator: RunningEmulator | undefined;
  #strictness: Strictness = 'both';

  private constructor(version: FrontierVersion) {
    this.#rest = version === 'v0.90';
    this.#validator = ContractValidator.load(this.#rest ? 'frontier-rest' : 'frontier-connect');
  }

  /** `overrides` replace parts of the seed. */
  static async start(version: FrontierVersion, overrides: Fields = {}): Promise<FrontierRig> {
    const rig = new FrontierRig(version);
    const onExchange = (exchange: ExchangeRecord): void => rig.#check(exchange);
    rig.#emulator = await startEmulator('frontier', {
      port: 0,
      seed: { version, ...seed, ...overrides },
      clock: rig.clock,
      onExchange,
    });
    return rig;
  }

  get emulator(): RunningEmulator {
    if (this.#emulator === undefined) throw new Error('The rig has not started');
    return this.#emulator;
  }

  /** Sends an operation. `as` is the authorization header, by default a superuser's. */
  ask(operationId: string, message: Fields = {}, as: string = basic.root): Promise<FrontierAnswer> {
    this.#strictness = 'both';
    return this.#ask(operationId, message, as);
  }

  /** The same for a request that leaves the contract, which is the point of sending it. */
  askWrong(operationId: string, message: Fields = {}, as: string = basic.root): Promise<FrontierAnswer> {
    this.#strictness = 'answer';
    return this.#ask(operationId, message, as);
  }

  /** Sends anything; nothing is held against the contract. */
  async raw(method: string, path: string, init: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}) {
    this.#strictness = 'none';
    return this.#fetch(method, path, { authorization: basic.root, ...init.headers }, init.body);
  }

  /** A role as the state has it. */
  role(id: string): { readonly permissions: readonly string[]; readonly effective: readonly string[]; readonly [field: string]: unknown } {
    const { organizations } = this.emulator.control.state() as unknown as { organizations: { roles: { id: string }[] }[] };
    const found = organizations.flatMap(({ roles }) => roles).find((role) => role.id === id);
    return found as unknown as ReturnType<FrontierRig['role']>;
  }

  /** Frees the port. Throws where the contract was left. */
  async end(): Promise<void> {
    await this.emulator.close();
    if (this.violations.length > 0) throw new Error(`The contract was left: ${JSON.stringify(this.violations, undefined, 2)}`);
  }

  #ask(operationId: string, message: Fields, as: string): Promise<FrontierAnswer> {
    const headers = { ...(as === '' ? {} : { authorization: as }), 'content-type': 'application/json' };
    if (!this.#rest) {
      const path = `/raystack.frontier.v1beta1.${admin.includes(operationId) ? 'Admin' : 'Frontier'}Service/${operationId}`;
      return this.#fetch('POST', path, headers, JSON.stringify(message));
    }
    const route = routes[operationId];
    if (route === undefined) throw new Error(`REST has no ${operationId}`);
    const [method, path, body, query = {}] = route(message);
    const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, String(each)]));
    const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
    return this.#fetch(method, `${path}${search}`, headers, body === undefined ? undefined : JSON.stringify(body));
  }

  async #fetch(method: string, path: string, headers: Readonly<Record<string, string>>, body: string | undefined): Promise<FrontierAnswer> {
    const response = await fetch(`${this.emulator.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const isJSON = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, text, body: isJSON ? JSON.parse(text) : undefined };
  }

  #check(exchange: ExchangeRecord): void {
    if (this.#strictness === 'none') return;
    const found = this.#validator.check(exchange);
    this.violations.push(...found.filter(({ side }) => this.#strictness === 'both' || side === 'response'));
  }
}
