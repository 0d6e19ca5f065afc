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

/** The key that `examples/emulators/workos.yaml` gives the emulator. */
const apiKey = 'sk_example_not_a_real_key';
const organizations = ['org_01ACME', 'org_01GLOBEX'] as const;
const [acme, globex] = organizations;

interface RoleList {
  readonly data: readonly { readonly slug: string; readonly type: string; readonly permissions: readonly string[] }[];
}

interface MembershipList {
  readonly data: readonly { readonly user_id: string; readonly roles: readonly { readonly slug: string }[] }[];
}

/** The demo with WorkOS. */
export const workosDemo: DemoProvider = {
  name: 'workos',
  title: 'WorkOS',
  port: 4100,
  readyNamespaces: ['billing', 'support'],
  observed: { namespace: 'audit', name: 'org-security-lead', organization: globex, slug: 'org-security-lead' },
  tampered: {
    namespace: 'billing',
    name: 'org-billing-admin',
    organization: acme,
    slug: 'org-billing-admin',
    add: 'sso:manage',
    remove: 'invoices:pay',
  },
  deleted: { namespace: 'billing', name: 'org-contractor', organization: acme, slug: 'org-contractor' },
  bound: { namespace: 'billing', name: 'billing-admins', organization: acme, slug: 'org-billing-admin', holders: ['user_noa'] },
  retained: { namespace: 'billing', name: 'org-accountant', organization: acme, slug: 'org-accountant' },
  isRead: (operation) => /^(list|get)/.test(operation),
  connect: (url) => new WorkosSession(url),
};

class WorkosSession implements ProviderSession {
  readonly #access: SessionAccess;

  constructor(url: string) {
    this.#access = { url, headers: { authorization: `Bearer ${apiKey}` } };
  }

  async listRoles(): Promise<readonly HeldRole[]> {
    return (await Promise.all(organizations.map((organization) => this.#rolesOf(organization)))).flat();
  }

  async listHolders({ organization, slug }: RolePlace): Promise<readonly string[]> {
    const path = `/user_management/organization_memberships?organization_id=${organization}&limit=100`;
    const { data } = (await callProvider(this.#access, 'GET', path)) as MembershipList;
    return data
      .filter(({ roles }) => roles.some((role) => role.slug === slug))
      .map(({ user_id: user }) => user)
      .sort();
  }

  async tamper({ add, remove, ...role }: RolePlace & Tampering): Promise<readonly string[]> {
    const path = permissionsPath(role);
    await callProvider(this.#access, 'POST', path, { slug: add });
    await callProvider(this.#access, 'DELETE', `${path}/${encodeURIComponent(remove)}`);
    return [`POST ${path} {"slug": "${add}"}`, `DELETE ${path}/${remove}`];
  }

  tamperCommand({ add, ...role }: RolePlace & Tampering): readonly string[] {
    return shownCurl(this.#access, 'POST', permissionsPath(role), { slug: add });
  }

  async #rolesOf(organization: string): Promise<readonly HeldRole[]> {
    const { data } = (await callProvider(this.#access, 'GET', rolesPath(organization))) as RoleList;
    return data.map(({ slug, type, permissions }) => ({
      organization,
      slug,
      permissions: [...permissions].sort(),
      system: type !== 'OrganizationRole',
    }));
  }
}

function rolesPath(organization: string): string {
  return `/authorization/organizations/${organization}/roles`;
}

function permissionsPath({ organization, slug }: RolePlace): string {
  return `${rolesPath(organization)}/${slug}/permissions`;
}
