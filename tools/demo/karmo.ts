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

interface EmulatorState {
  readonly organizations: readonly {
    readonly id: string;
    readonly roles: readonly { readonly slug: string; readonly permissions: readonly string[] }[];
    readonly members: readonly { readonly user: string; readonly roles: readonly string[] }[];
  }[];
}

const organization = 'org_123';

/** The demo with Karmo, whose roles nobody can read: neither the operator nor this session, which looks into the emulator instead. */
export const karmoDemo: DemoProvider = {
  name: 'karmo',
  title: 'Karmo',
  port: 4101,
  readyNamespaces: ['karmo-billing', 'karmo-support'],
  tampered: {
    namespace: 'karmo-billing',
    name: 'org-billing-clerk',
    organization,
    slug: 'org-billing-clerk',
    add: 'users:write',
    remove: 'invoices:pay',
  },
  bound: { namespace: 'karmo-billing', name: 'billing-clerks', organization, slug: 'org-billing-clerk', holders: ['user_alex'] },
  retained: { namespace: 'karmo-billing', name: 'org-contractor', organization, slug: 'org-contractor' },
  isRead: (operation) => /^(list|get|issueToken|probe)/.test(operation),
  connect: (url) => new KarmoSession(url),
};

class KarmoSession implements ProviderSession {
  readonly #access: SessionAccess;

  constructor(url: string) {
    this.#access = { url, headers: {} };
  }

  async listRoles(): Promise<readonly HeldRole[]> {
    const { organizations } = await this.#state();
    return organizations.flatMap(({ id, roles }) =>
      roles.map(({ slug, permissions }) => ({ organization: id, slug, permissions: [...permissions].sort(), system: false })),
    );
  }

  async listHolders({ organization: id, slug }: RolePlace): Promise<readonly string[]> {
    const { organizations } = await this.#state();
    return organizations
      .filter((each) => each.id === id)
      .flatMap(({ members }) => members.filter(({ roles }) => roles.includes(slug)).map(({ user }) => user))
      .sort();
  }

  async tamper({ slug, add, remove }: RolePlace & Tampering): Promise<readonly string[]> {
    const present = (await this.listRoles()).find((role) => role.slug === slug)?.permissions ?? [];
    const permissions = [...present.filter((permission) => permission !== remove), add];
    const action = actionOf(slug, permissions);
    await callProvider(this.#access, 'POST', '/_emulator/actions', action);
    return [`in the access provider behind Karmo: ${slug} with ${add} and without ${remove}`];
  }

  tamperCommand({ slug, add }: RolePlace & Tampering): readonly string[] {
    return shownCurl(this.#access, 'POST', '/_emulator/actions', actionOf(slug, [add]));
  }

  async #state(): Promise<EmulatorState> {
    return (await callProvider(this.#access, 'GET', '/_emulator/state')) as EmulatorState;
  }
}

function actionOf(slug: string, permissions: readonly string[]): object {
  return { action: 'putRole', args: { organization, role: { slug, permissions } } };
}
