import { type EmulatorControl, type ExchangeRecord, startEmulator } from '../../src/emulators/index.ts';
import type { SubjectRef } from '../../src/model/index.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { klustrDriver } from '../../src/providers/klustr/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import type { Backdoor, People, Person, ProviderFixture, StartEmulator, StoredRole } from './suite/fixture.ts';

/** How the emulator behaves: as documented, or as the public source of the server does. */
export type KlustrMode = 'documented' | 'source';

const organization = 'conformance.test';
/** Neither has a form by which a credential could be told from a word: they are hidden because they are known. */
const clientID = 'purple-monkey-dishwasher';
const clientSecret = 'correct-horse+battery%staple';

const pad = (number: number): string => String(number).padStart(4, '0');

interface Dump {
  readonly organizations: readonly {
    readonly id: string;
    readonly roles?: readonly {
      readonly id: string;
      readonly name: string;
      readonly description?: string;
      readonly permissions: readonly string[];
    }[];
    readonly assignments: readonly { readonly role: string; readonly user: string }[];
  }[];
}

/** What the contract of the API doesn't hold: the token endpoint, by the standard it follows. */
export class TokenEndpointCheck {
  readonly violations: string[] = [];
  checked = 0;

  /** Whether the exchange was one with the token endpoint. */
  takes({ operationId, request, response, tampered }: ExchangeRecord): boolean {
    if (operationId !== 'issueToken') return false;
    this.checked += 1;
    const form = new URLSearchParams(request.body);
    this.#expect(request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true, 'the request is not a form');
    this.#expect(form.get('grant_type') === 'client_credentials', 'another grant is asked for');
    this.#expect(!request.body.includes(clientSecret) && request.query.size === 0, 'the secret stands in the body or the query');
    if (response === undefined || tampered) return true;
    const body = JSON.parse(response.body) as Readonly<Record<string, unknown>>;
    if (response.status === 200) {
      this.#expect(typeof body.access_token === 'string' && body.token_type === 'bearer', 'the answer holds no bearer token');
      this.#expect(typeof body.expires_in === 'number', 'the answer says no lifetime');
    } else this.#expect(typeof body.error === 'string', 'the refusal has no code');
    return true;
  }

  #expect(kept: boolean, violation: string): void {
    if (!kept) this.violations.push(violation);
  }
}

/** A fixture that also tells about the token endpoint. */
export interface KlustrFixture extends ProviderFixture {
  readonly tokens: TokenEndpointCheck;
}

/** A Klustr emulator with one organization, and the driver that talks to it. `seed` overrides parts of the state. */
export async function startKlustr(
  mode: KlustrMode,
  seed: Readonly<Record<string, unknown>> = {},
  start: StartEmulator = startEmulator,
): Promise<KlustrFixture> {
  const validator = ContractValidator.load('klustr');
  const tokens = new TokenEndpointCheck();
  const emulator = await start('klustr', {
    port: 0,
    rateLimit: 'off',
    onExchange: (exchange) => {
      if (!tokens.takes(exchange)) validator.onExchange(exchange);
    },
    seed: {
      mode,
      clients: [{ id: clientID, secret: clientSecret }],
      organizations: [{ id: organization, builtInRoles: true }],
      ...seed,
    },
  });
  const { control } = emulator;
  const roles = () => (control.state() as unknown as Dump).organizations.find((each) => each.id === organization)?.roles ?? [];
  const backdoor: Backdoor = {
    putRole: ({ slug: id, displayName: name, description, permissions }) =>
      control.act('putRole', { organization, role: { id, name, description, permissions } }),
    role: (slug): StoredRole | undefined => {
      const found = roles().find((role) => role.id === slug);
      if (found === undefined) return undefined;
      return { slug, displayName: found.name, description: found.description ?? '', permissions: found.permissions };
    },
    deleteRole: (id) => control.act('deleteRole', { organization, id }),
    deleteRoleAction: (id) => ({ action: 'deleteRole', args: { organization, id } }),
    putPermissions: () => undefined,
    permissions: () => undefined,
    hold: (role, count) => {
      for (let number = 0; number < count; number++) control.act('assign', { organization, role, user: `user-holder-${number}` });
    },
    expireCredentials: () => control.act('putClient', { client: { id: clientID, secret: 'the-next-one' } }),
  };
  const assignments = () => (control.state() as unknown as Dump).organizations.find((each) => each.id === organization)?.assignments ?? [];
  return {
    driver: klustrDriver as ProviderDriver,
    settings: (url) => ({
      baseURL: url,
      tokenURL: `${url.replace(/\/$/, '')}/hydra/oauth2/token`,
      allowInsecureHTTP: true,
      clientIDSecretRef: { name: 'klustr', key: 'clientID' },
      clientSecretSecretRef: { name: 'klustr', key: 'clientSecret' },
    }),
    credentials: { clientIDSecretRef: clientID, clientSecretSecretRef: clientSecret },
    wrongCredentials: { clientIDSecretRef: clientID, clientSecretSecretRef: 'wrong-horse-battery-staple' },
    emulator,
    validator,
    tokens,
    operations: {
      listRoles: ['listOrganizationRoles'],
      createRole: ['createOrgRole'],
      updateRole: ['updateOrgRole'],
      setPermissions: ['updateOrgRole'],
      addPermission: ['updateOrgRole'],
      deleteRole: ['deleteOrgRole'],
      listPermissions: [],
      createPermission: [],
    },
    errorBody: (message) => ({ status: 400, error: { reason: message } }),
    vocabulary: {
      organization,
      unknownOrganization: 'unknown.test',
      slug: (number) => `conformance.role-${pad(number)}`,
      permission: (number) => `thing.action-${pad(number)}`,
      systemSlug: 'admin',
      spellings: [
        ...['spelling.one', 'Spelling.One', 'SPELLING.ONE', 'spelling-one', 'spelling_one', 'spelling:one', 'spelling one', '.spelling'],
        ...['permissions', 'Generate', 'admin', 'billing.Admin.role', 'billing.read-only.role'],
      ],
      refused: [
        { reason: 'an underscore', change: { ref: { organization, slug: 'billing_editor' } }, field: 'spec.slug' },
        { reason: 'a colon', change: { ref: { organization, slug: 'billing:editor' } }, field: 'spec.slug' },
        { reason: 'an id of Klustr’s own roles', change: { ref: { organization, slug: 'billing.admin.role' } }, field: 'spec.slug' },
        { reason: 'no organization', change: { ref: { organization: '..', slug: 'billing' } }, field: 'spec.organization' },
        { reason: 'a permission twice', change: { permissions: ['a', 'a'] }, field: 'spec.permissions[1]' },
        { reason: 'an empty permission', change: { permissions: [''] }, field: 'spec.permissions[0]' },
        { reason: 'an unknown stage', change: { extras: { stage: 'gamma' } }, field: 'spec.klustr.stage' },
        { reason: 'a field of another provider', change: { extras: { scopes: ['x'] } }, field: 'spec.klustr.scopes' },
      ],
    },
    backdoor,
    people: peopleOf(control, assignments),
  };
}

function peopleOf(control: EmulatorControl, assignments: () => Dump['organizations'][number]['assignments']): People {
  const held = ({ id }: SubjectRef): readonly string[] =>
    assignments()
      .filter(({ user }) => user === id)
      .map(({ role }) => role.toLowerCase())
      .sort();
  const person = (number: number): Person => ({ id: `subject-${pad(number)}`, email: `person-${number}@example.com` });
  const putIdentity = (identity: object): void => control.act('putIdentity', { identity });
  return {
    operations: {
      listHolders: ['getOrgRoleAssignments'],
      readHolder: ['getUserNamespacePermissions'],
      grant: ['addUserToRole'],
      revoke: ['removeUserRole'],
      findUser: ['adminListIdentities'],
    },
    user: (number) => {
      putIdentity(person(number));
      return person(number);
    },
    unknownID: undefined,
    malformedIDs: ['person-1@example.com', 'user:1', '.', '..'],
    unknownEmail: 'nobody@example.com',
    shareEmail: () => {
      for (const [id, email] of [
        ['twin-1', 'twins@example.com'],
        ['twin-2', 'Twins@example.com'],
      ]) {
        putIdentity({ id, email });
      }
      return 'twins@example.com';
    },
    emailCaseMatters: false,
    manyHolders: 230,
    hold: (subject, roles) => {
      const before = held(subject);
      for (const role of before.filter((each) => !roles.includes(each))) control.act('unassign', { organization, role, user: subject.id });
      for (const role of roles) control.act('assign', { organization, role, user: subject.id });
    },
    // One action gives one role, and so somebody who is faster gives the first that is new.
    holdAction: (subject, roles) => {
      const role = roles.find((each) => !held(subject).includes(each)) ?? '';
      return { action: 'assign', args: { organization, role, user: subject.id } };
    },
    held,
    obstacles: [],
    obstruct: () => undefined,
    isActive: () => true,
  };
}
