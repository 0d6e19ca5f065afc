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

/** Client and organization of `examples/emulators/klustr.yaml`. */
const client = { id: 'rolekeeper', secret: 'emulated-secret' };
const organization = 'acme.test';
/** Klustr makes these by itself. */
const builtIn = /^admin$|\.(admin|read-only)\.role$/;
const tokenPath = '/hydra/oauth2/token';

interface RoleView {
  readonly id: string;
  readonly permissions?: readonly { readonly scope: string }[];
}

interface EmulatorState {
  readonly organizations: readonly {
    readonly id: string;
    readonly assignments: readonly { readonly role: string; readonly user: string }[];
  }[];
}

/** The demo with Klustr. */
export const klustrDemo: DemoProvider = {
  name: 'klustr',
  title: 'Klustr',
  port: 4102,
  readyNamespaces: ['klustr-billing'],
  observed: { namespace: 'klustr-audit', name: 'audit-reader', organization, slug: 'audit.reader' },
  tampered: {
    namespace: 'klustr-billing',
    name: 'billing.editor',
    organization,
    slug: 'billing.editor',
    add: 'billing.invoices.purge',
    remove: 'billing.invoices.update',
  },
  deleted: { namespace: 'klustr-billing', name: 'billing.contractor', organization, slug: 'billing.contractor' },
  bound: { namespace: 'klustr-billing', name: 'billing.editors', organization, slug: 'billing.editor', holders: ['user-alex'] },
  retained: { namespace: 'klustr-billing', name: 'billing.clerk', organization, slug: 'billing.clerk' },
  isRead: (operation) => /^(list|get|issueToken)/.test(operation),
  connect: (url) => new KlustrSession(url),
};

class KlustrSession implements ProviderSession {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async listRoles(): Promise<readonly HeldRole[]> {
    return (await this.#roles()).map(({ id, permissions = [] }) => ({
      organization,
      slug: id,
      permissions: permissions.map(({ scope }) => scope).sort(),
      system: builtIn.test(id),
    }));
  }

  async listHolders({ slug }: RolePlace): Promise<readonly string[]> {
    const state = (await callProvider({ url: this.#url, headers: {} }, 'GET', '/_emulator/state')) as EmulatorState;
    return state.organizations
      .filter(({ id }) => id === organization)
      .flatMap(({ assignments }) => assignments.filter(({ role }) => role === slug).map(({ user }) => user))
      .sort();
  }

  async tamper({ slug, add, remove }: RolePlace & Tampering): Promise<readonly string[]> {
    const present = (await this.#roles()).find(({ id }) => id === slug);
    const permissions = [...(present?.permissions ?? []).filter(({ scope }) => scope !== remove), { scope: add }];
    await callProvider(await this.#access(), 'PUT', rolePath(slug), { ...present, permissions });
    return [`PUT ${rolePath(slug)} with ${add} and without ${remove}`];
  }

  tamperCommand({ slug, add }: RolePlace & Tampering): readonly string[] {
    const token = `$(curl -sS -u ${client.id}:${client.secret} -d grant_type=client_credentials ${this.#url}${tokenPath} | cut -d'"' -f4)`;
    const access = { url: this.#url, headers: { authorization: `Bearer ${token}` } };
    return shownCurl(access, 'PUT', rolePath(slug), { id: slug, name: slug, permissions: [{ scope: add }] });
  }

  async #roles(): Promise<readonly RoleView[]> {
    return (await callProvider(await this.#access(), 'GET', rolePath())) as readonly RoleView[];
  }

  async #access(): Promise<SessionAccess> {
    const answer = await fetch(`${this.#url}${tokenPath}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
      signal: AbortSignal.timeout(30_000),
    });
    const { access_token: token } = (await answer.json()) as { readonly access_token: string };
    return { url: this.#url, headers: { authorization: `Bearer ${token}` } };
  }
}

function rolePath(slug?: string): string {
  return `/directory/orgs/${organization}/roles${slug === undefined ? '' : `/${slug}`}`;
}
