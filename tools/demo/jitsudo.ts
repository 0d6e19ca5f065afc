import {
  callProvider,
  type DemoProvider,
  type HeldRole,
  type ProviderSession,
  type RolePlace,
  type SessionAccess,
  shownCurl,
  type Tampering,
} from './demo-provider.ts';

/** The key and the tenant of `examples/emulators/jitsudo.yaml`. */
const apiKey = 'emulated-api-key';
const tenant = '7d9f2c34-51ab-4e0c-9b7e-2f6a8c1d0e55';

interface RoleList {
  readonly data: readonly { readonly slug: string; readonly scopes: readonly string[]; readonly is_system: boolean }[];
}

interface UserList {
  readonly data: readonly { readonly email: string; readonly roles: readonly string[] }[];
}

/** The demo with jitsudo. */
export const jitsudoDemo: DemoProvider = {
  name: 'jitsudo',
  title: 'jitsudo',
  port: 4103,
  readyNamespaces: ['jitsudo-access'],
  observed: { namespace: 'jitsudo-audit', name: 'auditor', organization: tenant, slug: 'auditor' },
  tampered: {
    namespace: 'jitsudo-access',
    name: 'request-approver',
    organization: tenant,
    slug: 'request-approver',
    add: 'users:admin',
    remove: 'requests:approve',
  },
  deleted: { namespace: 'jitsudo-access', name: 'migration', organization: tenant, slug: 'migration' },
  bound: {
    namespace: 'jitsudo-access',
    name: 'request-approvers',
    organization: tenant,
    slug: 'request-approver',
    holders: ['kim@acme.example'],
  },
  retained: { namespace: 'jitsudo-access', name: 'on-call', organization: tenant, slug: 'on-call' },
  isRead: (operation) => /^(list|get)/.test(operation),
  connect: (url) => new JitsudoSession(url),
};

class JitsudoSession implements ProviderSession {
  readonly #access: SessionAccess;

  constructor(url: string) {
    this.#access = { url, headers: { 'x-api-key': apiKey, 'x-tenant-id': tenant } };
  }

  async listRoles(): Promise<readonly HeldRole[]> {
    const { data } = (await callProvider(this.#access, 'GET', '/v1/roles')) as RoleList;
    return data.map(({ slug, scopes, is_system: system }) => ({
      organization: tenant,
      slug,
      permissions: [...scopes].sort(),
      system,
    }));
  }

  async listHolders({ slug }: RolePlace): Promise<readonly string[]> {
    const { data } = (await callProvider(this.#access, 'GET', '/v1/users')) as UserList;
    return data
      .filter(({ roles }) => roles.includes(slug))
      .map(({ email }) => email)
      .sort();
  }

  async tamper({ slug, add, remove }: RolePlace & Tampering): Promise<readonly string[]> {
    const present = (await this.listRoles()).find((role) => role.slug === slug)?.permissions ?? [];
    const scopes = [...present.filter((scope) => scope !== remove), add];
    await callProvider(this.#access, 'PATCH', `/v1/roles/${slug}`, { scopes });
    return [`PATCH /v1/roles/${slug} ${JSON.stringify({ scopes })}`];
  }

  tamperCommand({ slug, add }: RolePlace & Tampering): readonly string[] {
    return shownCurl(this.#access, 'PATCH', `/v1/roles/${slug}`, { scopes: [add] });
  }
}
