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

/** Service user and organization of `examples/emulators/frontier.yaml`. */
const serviceUser = { id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c5d01', secret: 'emulated-secret' };
const organization = '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c1d01';
const service = '/raystack.frontier.v1beta1.FrontierService';

interface RoleView {
  readonly id: string;
  readonly name: string;
  readonly title?: string;
  readonly permissions?: readonly string[];
  readonly scopes?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface PolicyList {
  readonly policies?: readonly { readonly principal: string }[];
}

/** The demo with Frontier. */
export const frontierDemo: DemoProvider = {
  name: 'frontier',
  title: 'Frontier',
  port: 4104,
  readyNamespaces: ['frontier-orders'],
  observed: { namespace: 'frontier-audit', name: 'order-viewer', organization, slug: 'order-viewer' },
  tampered: {
    namespace: 'frontier-orders',
    name: 'order-editor',
    organization,
    slug: 'order-editor',
    add: 'compute_order_purge',
    remove: 'compute_order_update',
  },
  deleted: { namespace: 'frontier-orders', name: 'order-migration', organization, slug: 'order-migration' },
  bound: {
    namespace: 'frontier-orders',
    name: 'order-editors',
    organization,
    slug: 'order-editor',
    holders: ['app/user:8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c2d02'],
  },
  retained: { namespace: 'frontier-orders', name: 'order-clerk', organization, slug: 'order-clerk' },
  isRead: (operation) => /^(list|get|authToken)/i.test(operation),
  connect: (url) => new FrontierSession(url),
};

class FrontierSession implements ProviderSession {
  readonly #access: SessionAccess;

  constructor(url: string) {
    const basic = Buffer.from(`${serviceUser.id}:${serviceUser.secret}`).toString('base64');
    this.#access = { url, headers: { authorization: `Basic ${basic}` } };
  }

  async listRoles(): Promise<readonly HeldRole[]> {
    return (await this.#roles()).map(({ name, permissions = [] }) => ({
      organization,
      slug: name,
      permissions: [...permissions].sort(),
      system: false,
    }));
  }

  async listHolders({ slug }: RolePlace): Promise<readonly string[]> {
    const roleID = (await this.#roles()).find(({ name }) => name === slug)?.id;
    if (roleID === undefined) return [];
    const { policies = [] } = (await this.#call('ListPolicies', { orgId: organization, roleId: roleID })) as PolicyList;
    return policies.map(({ principal }) => principal).sort();
  }

  async tamper({ slug, add, remove }: RolePlace & Tampering): Promise<readonly string[]> {
    const { body, id } = await this.#changed(slug, (permissions) => [...permissions.filter((each) => each !== remove), add]);
    await this.#call('UpdateOrganizationRole', { orgId: organization, id, body });
    return [`UpdateOrganizationRole ${slug} with ${add} and without ${remove}`];
  }

  tamperCommand({ slug, add }: RolePlace & Tampering): readonly string[] {
    // An upsert by name, which is the one change that needs no uuid.
    return shownCurl(this.#access, 'POST', `${service}/CreateOrganizationRole`, {
      orgId: organization,
      body: { name: slug, permissions: [add] },
    });
  }

  async #changed(slug: string, change: (permissions: readonly string[]) => readonly string[]): Promise<{ id: string; body: object }> {
    const role = (await this.#roles()).find(({ name }) => name === slug);
    if (role === undefined) throw new Error(`${organization} has no role ${slug}`);
    const { id, name, title = '', permissions = [], scopes = [], metadata = {} } = role;
    return { id, body: { name, title, scopes, metadata, permissions: change(permissions) } };
  }

  async #roles(): Promise<readonly RoleView[]> {
    const { roles = [] } = (await this.#call('ListOrganizationRoles', { orgId: organization })) as { roles?: readonly RoleView[] };
    return roles;
  }

  #call(method: string, message: object): Promise<unknown> {
    return callProvider(this.#access, 'POST', `${service}/${method}`, message);
  }
}
