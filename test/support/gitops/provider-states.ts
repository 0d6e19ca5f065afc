import type { ClusterRoleProvider, RoleProvider } from '../../../src/api/index.ts';
import { apiRoot, eventually, stateOf, type TenantOptions } from '../e2e.ts';
import type { Site, StateCase } from './site.ts';

async function providerThatSays(site: Site, ready: string, options: TenantOptions = {}): Promise<RoleProvider> {
  return (await site.tenant(options)).untilProvider(ready);
}

/** Every state of a RoleProvider or ClusterRoleProvider. */
export const providerStates: readonly StateCase[] = [
  {
    state: 'answers',
    arrange: (site) => providerThatSays(site, 'True/Available'),
    argocd: 'Healthy',
    kstatus: 'Current',
    says: 'accepts the credentials',
  },
  {
    state: 'answers for the whole cluster',
    arrange: async (site) => {
      const name = await site.clusterProvider(await site.tenant());
      return eventually(async () => {
        const object = await site.cluster.admin.get<ClusterRoleProvider>(`${apiRoot}/clusterroleproviders/${name}`);
        if (stateOf(object) !== 'True/Available') throw new Error(`${name} is ${stateOf(object)}`);
        return object;
      });
    },
    argocd: 'Healthy',
    kstatus: 'Current',
    says: 'accepts the credentials',
  },
  {
    state: 'waits for its Secret',
    arrange: async (site) => {
      const tenant = await site.tenant({ connected: false });
      await tenant.createProvider();
      return tenant.untilProvider('False/SecretNotFound');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'workos',
  },
  {
    state: 'waits for a key of its Secret',
    arrange: async (site) => {
      const tenant = await site.tenant({ connected: false });
      await tenant.putSecret({ other: 'key' });
      await tenant.createProvider();
      return tenant.untilProvider('False/SecretKeyNotFound');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'apiKey',
  },
  {
    state: 'cannot be reached',
    arrange: async (site) => {
      const tenant = await site.tenant({ connected: false });
      await tenant.putSecret({ apiKey: 'sk' });
      const workos = { baseURL: 'http://127.0.0.1:1', allowInsecureHTTP: true, apiKeySecretRef: { name: 'workos', key: 'apiKey' } };
      await tenant.createProvider({ workos });
      return tenant.untilProvider('False/Unreachable');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'tried again',
  },
  {
    state: 'refuses the credentials',
    arrange: async (site) => {
      const tenant = await site.tenant({ connected: false });
      await tenant.putSecret({ apiKey: 'sk_wrong' });
      await tenant.createProvider();
      return tenant.untilProvider('False/CredentialsInvalid');
    },
    argocd: 'Degraded',
    kstatus: 'InProgress',
    expressions: 'Failed',
    says: 'Check the Secret',
  },
  {
    state: 'is paused',
    arrange: (site) => providerThatSays(site, 'True/Available', { provider: { pause: true } }),
    argocd: 'Suspended',
    kstatus: 'Current',
    says: 'spec.pause is true.',
  },
  {
    state: 'is deleted and still used',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      await eventually(async () => {
        if ((await tenant.provider()).metadata.finalizers === undefined) throw new Error('nothing holds the provider yet');
      });
      await tenant.admin.delete(tenant.path('roleproviders', 'default'));
      return eventually(async () => {
        const provider = await tenant.provider();
        if (stateOf(provider, 'InUse') !== 'True/InUse') throw new Error(`InUse is ${stateOf(provider, 'InUse')}`);
        return provider;
      });
    },
    argocd: 'Progressing',
    kstatus: 'Terminating',
    expressions: 'Current',
    says: 'accepts the credentials',
  },
];
