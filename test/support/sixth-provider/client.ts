import type { ObservedRole, RoleRef } from '../../../src/model/index.ts';
import type { ConnectDeps } from '../../../src/providers/contract.ts';
import { asArray, asFilledString, asObject, asString, type Failure, fillPath, ProviderApi } from '../../../src/providers/http/index.ts';

/** A role and how many hold it. */
export type HeldRole = ObservedRole & { readonly holders: number };

/** What a change may say; `add` keeps what the role has. */
export type RoleChange = Readonly<Partial<Record<'title' | 'note', string> & Record<'permissions' | 'add', readonly string[]>>>;

/** The operations of the service, one method and one request each. */
export class SixthClient {
  readonly #api: ProviderApi;

  constructor(baseURL: string, apiKey: string, deps: ConnectDeps) {
    const authorize = async () => ({ authorization: `Bearer ${apiKey}` });
    const rules = [
      { status: 409, kind: 'inUse', when: ({ operation }: { readonly operation: string }) => operation === 'deleteRole' },
    ] as const;
    this.#api = new ProviderApi({ provider: 'Sixth', baseURL, deps, authorize, secrets: () => [apiKey], rules, readFailure });
  }

  whoAmI(signal: AbortSignal): Promise<void> {
    return this.#api.call({ operation: 'whoAmI', method: 'GET', path: '/me', subject: 'the API key' }, signal);
  }

  listRoles(organization: string, signal: AbortSignal): Promise<readonly HeldRole[]> {
    const read = (body: unknown) => asArray(asObject(body, 'the answer').data, 'data', (value, path) => roleAt(value, path, organization));
    const call = { operation: 'listRoles', method: 'GET', path: pathOf(organization), subject: `organization ${organization}` } as const;
    return this.#api.call({ ...call, missing: 'organization', read }, signal);
  }

  createRole(ref: RoleRef, body: RoleChange, signal: AbortSignal): Promise<HeldRole> {
    const call = { operation: 'createRole', method: 'POST', path: pathOf(ref.organization), subject: subjectOf(ref) } as const;
    const read = (answer: unknown) => roleAt(answer, 'role', ref.organization);
    return this.#api.call({ ...call, missing: 'organization', body: { slug: ref.slug, ...body }, read }, signal);
  }

  updateRole(ref: RoleRef, body: RoleChange, signal: AbortSignal): Promise<HeldRole> {
    const call = { operation: 'updateRole', method: 'PATCH', path: pathOf(ref.organization, ref.slug), subject: subjectOf(ref) } as const;
    return this.#api.call({ ...call, missing: 'role', body, read: (answer) => roleAt(answer, 'role', ref.organization) }, signal);
  }

  deleteRole(ref: RoleRef, signal: AbortSignal): Promise<void> {
    const call = { operation: 'deleteRole', method: 'DELETE', path: pathOf(ref.organization, ref.slug), subject: subjectOf(ref) } as const;
    return this.#api.call({ ...call, missing: 'role' }, signal);
  }
}

function pathOf(organization: string, slug?: string): string {
  const path = '/organizations/{organization}/roles';
  return slug === undefined ? fillPath(path, { organization }) : fillPath(`${path}/{slug}`, { organization, slug });
}

function subjectOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of organization ${organization}`;
}

function roleAt(value: unknown, path: string, organization: string): HeldRole {
  const role = asObject(value, path);
  return {
    ref: { organization, slug: asFilledString(role.slug, `${path}.slug`) },
    externalID: asFilledString(role.id, `${path}.id`),
    displayName: asString(role.title, `${path}.title`),
    description: asString(role.note, `${path}.note`),
    permissions: [...asArray(role.permissions, `${path}.permissions`, asFilledString)].sort(),
    extras: {},
    system: false,
    holders: typeof role.holders === 'number' ? role.holders : 0,
  };
}

function readFailure(body: unknown): Failure | undefined {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
    ? { message: body.error }
    : undefined;
}
