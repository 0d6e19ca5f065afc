import {
  type EmulatedApi,
  type EmulatedOperation,
  type EmulatedRequest,
  type EmulatorDefinition,
  type Reply,
  ReplyError,
} from '../../../src/emulators/types.ts';
import type { JsonValue } from '../../../src/model/index.ts';

interface RoleRecord {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly note: string;
  readonly permissions: readonly string[];
  readonly holders: number;
}

interface Seed {
  readonly apiKey: string;
  readonly organizations: Readonly<Record<string, readonly RoleRecord[]>>;
}

type Body = Partial<RoleRecord> & { readonly add?: readonly string[] };

const listPath = '/organizations/{organization}/roles';
const rolePath = `${listPath}/{slug}`;

/** The emulator of the service: its contract over a map in memory. */
export const sixthEmulator: EmulatorDefinition = {
  name: 'sixth',
  description: 'A service that does not exist',
  defaultPort: 4199,
  defaultSeed: { apiKey: 'emulated-key', organizations: { org_1: [] } },
  create: () => new SixthApi(),
};

class SixthApi implements EmulatedApi {
  readonly limits = [];
  readonly requestIDHeader = 'x-request-id';
  readonly lists: EmulatedApi['lists'] = {
    entries: (body) => (isList(body) ? body.data : undefined),
    withEntries: (_body, data) => ({ data }),
    cursorParameters: [],
  };
  readonly operations: readonly EmulatedOperation[] = [
    { operationId: 'whoAmI', method: 'GET', path: '/me', handle: () => ({ status: 200, body: {} }) },
    { operationId: 'listRoles', method: 'GET', path: listPath, handle: (request) => this.#list(request) },
    { operationId: 'createRole', method: 'POST', path: listPath, lane: laneOf, handle: (request) => this.#create(request) },
    { operationId: 'updateRole', method: 'PATCH', path: rolePath, lane: laneOf, handle: (request) => this.#update(request) },
    { operationId: 'deleteRole', method: 'DELETE', path: rolePath, lane: laneOf, handle: (request) => this.#delete(request) },
  ];
  #apiKey = '';
  #organizations = new Map<string, Map<string, RoleRecord>>();
  #ids = 0;

  authenticate(request: EmulatedRequest): Reply | undefined {
    return request.header('authorization') === `Bearer ${this.#apiKey}` ? undefined : this.failure(401, 'The key is not known.');
  }

  failure(status: number, message: string): Reply {
    return { status, body: { error: message } };
  }

  load(seed: unknown): void {
    const { apiKey, organizations } = seed as Seed;
    this.#apiKey = apiKey;
    this.#organizations = new Map(
      Object.entries(organizations).map(([organization, roles]) => [organization, new Map(roles.map((role) => [role.slug, role]))]),
    );
  }

  dump(): JsonValue {
    const organizations = [...this.#organizations].map(([organization, roles]) => [organization, [...roles.values()]] as const);
    return { apiKey: this.#apiKey, organizations: Object.fromEntries(organizations) } as unknown as JsonValue;
  }

  act(action: string, args: unknown): void {
    const { organization, role, slug, apiKey } = args as { organization: string; role: RoleRecord; slug: string; apiKey: string };
    const roles = this.#organizations.get(organization);
    if (action === 'putRole') roles?.set(role.slug, { ...this.#fresh(role), ...roles.get(role.slug), ...role });
    else if (action === 'deleteRole') roles?.delete(slug);
    else this.#apiKey = apiKey;
  }

  #list(request: EmulatedRequest): Reply {
    return { status: 200, body: { data: [...this.#roles(request).values()] } as unknown as JsonValue };
  }

  #create(request: EmulatedRequest): Reply {
    const role = this.#fresh(request.body as RoleRecord);
    const roles = this.#roles(request);
    if (roles.has(role.slug)) throw new ReplyError(this.failure(409, 'The slug is taken.'));
    roles.set(role.slug, role);
    return { status: 201, body: role as unknown as JsonValue };
  }

  #update(request: EmulatedRequest): Reply {
    const { add = [], ...fields } = request.body as Body;
    const present = this.#role(request);
    const permissions = [...new Set([...(fields.permissions ?? present.permissions), ...add])].sort();
    const next = { ...present, ...fields, permissions };
    this.#roles(request).set(next.slug, next);
    return { status: 200, body: next as unknown as JsonValue };
  }

  #delete(request: EmulatedRequest): Reply {
    const { slug, holders } = this.#role(request);
    if (holders > 0) throw new ReplyError(this.failure(409, 'The role is held.'));
    this.#roles(request).delete(slug);
    return { status: 204 };
  }

  #role(request: EmulatedRequest): RoleRecord {
    const role = this.#roles(request).get(request.params.slug ?? '');
    if (role === undefined) throw new ReplyError(this.failure(404, 'There is no such role.'));
    return role;
  }

  #roles(request: EmulatedRequest): Map<string, RoleRecord> {
    const roles = this.#organizations.get(request.params.organization ?? '');
    if (roles === undefined) throw new ReplyError(this.failure(404, 'There is no such organization.'));
    return roles;
  }

  #fresh({ slug, title, note, permissions }: RoleRecord): RoleRecord {
    this.#ids += 1;
    return { id: `role-${this.#ids}`, slug, title, note, permissions: [...permissions].sort(), holders: 0 };
  }
}

function laneOf(params: Readonly<Record<string, string>>): string {
  return params.organization ?? '';
}

function isList(body: JsonValue): body is { readonly data: readonly JsonValue[] } {
  return typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data);
}
