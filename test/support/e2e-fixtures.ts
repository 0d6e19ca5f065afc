import type { ProviderFixture } from '../conformance/suite/fixture.ts';
import type { ApiClient, TestCluster } from './control-plane.ts';
import { apiRoot, canaryKey, catalogue, Tenant } from './e2e.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Creates the RoleProvider `default` that leads to a fixture's emulator, and its Secret. */
export async function createFixtureProvider(
  admin: ApiClient,
  namespace: string,
  fixture: ProviderFixture,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const settings = withRefs(fixture.settings(fixture.emulator.url) as Settings, Object.keys(fixture.credentials));
  await admin.create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'credentials' },
    stringData: fixture.credentials,
  });
  await admin.create(`${apiRoot}/namespaces/${namespace}/roleproviders`, {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'RoleProvider',
    metadata: { name: 'default' },
    spec: { [fixture.driver.type]: settings, rateLimit: { requestsPerSecond: 10_000, burst: 10_000 }, ...spec },
  });
}

/** A tenant with the organization `org_1`, in which `user_1` is a member and holds nothing. */
export function tenantWithMember(cluster: TestCluster, prefix: string): Promise<Tenant> {
  return Tenant.create(cluster, {
    prefix,
    emulator: {
      port: 0,
      rateLimit: 'off',
      seed: {
        apiKey: canaryKey,
        multipleRoles: true,
        permissions: catalogue,
        users: [{ id: 'user_1', email: 'one@example.com' }],
        organizations: [{ id: 'org_1', name: 'One', members: [{ user: 'user_1', roles: [] }] }],
      },
    },
  });
}

/** The settings with each credential in a Secret of its own key, which is the dotted name of its field. */
function withRefs(settings: Settings, fields: readonly string[]): Settings {
  return fields.reduce((changed, field) => setAt(changed, field.split('.'), { name: 'credentials', key: field }), settings);
}

function setAt(settings: Settings, [first = '', ...rest]: readonly string[], value: unknown): Settings {
  return { ...settings, [first]: rest.length === 0 ? value : setAt((settings[first] ?? {}) as Settings, rest, value) };
}
