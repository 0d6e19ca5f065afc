import type { Role } from '../../../src/api/index.ts';
import type { FaultRule } from '../../../src/emulators/index.ts';
import { eventually, pause, stateOf } from '../e2e.ts';
import { look, roleName, type Site, type StateCase } from './site.ts';

/** A Role that is ready, and then all calls to its provider fail like this. */
async function failing(site: Site, fault: Partial<FaultRule>, synced: string): Promise<Role> {
  const tenant = await site.tenant();
  await site.readyRole(tenant);
  tenant.control.inject({ kind: 'status', operationId: 'listOrganizationRoles', times: 0, ...fault });
  await tenant.annotateRole(roleName, { 'rolekeeper.dev/reconcile-requested-at': 'now' });
  return tenant.untilRole(roleName, synced, 'Synced');
}

/** Somebody else changes the role each time it was put right. */
async function fought(site: Site): Promise<Role> {
  const tenant = await site.tenant();
  await site.readyRole(tenant);
  for (const times of [1, 2, 3]) {
    tenant.tamper(roleName, ['p:1', 'p:9']);
    await look(tenant, `look-${times}`);
    await eventually(async () => {
      const { status } = await tenant.role(roleName);
      if (status?.drift?.timesReverted !== times) throw new Error(`reverted ${status?.drift?.timesReverted} times`);
    });
  }
  return eventually(async () => {
    // Again and again, as whoever fights does: a look that was asked for before may still put it right.
    tenant.tamper(roleName, ['p:1', 'p:9']);
    const role = await tenant.role(roleName);
    if (stateOf(role) !== 'False/ManagementConflict') throw new Error(`${roleName} is ${stateOf(role)}`);
    return role;
  });
}

const working: readonly StateCase[] = [
  {
    state: 'is as declared',
    arrange: async (site) => site.readyRole(await site.tenant()),
    argocd: 'Healthy',
    kstatus: 'Current',
    says: 'The provider holds the role as declared.',
  },
  {
    state: 'is being created',
    arrange: async (site) => {
      const tenant = await site.tenant();
      tenant.control.inject({ kind: 'delay', delayMs: 4_000, operationId: 'createOrganizationRole' });
      await tenant.createRole(roleName, { permissions: ['p:1'] });
      return tenant.untilRole(roleName, 'False/Progressing');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'created',
  },
  {
    state: 'was changed and not looked at since',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      return tenant.patchRole(roleName, { permissions: ['p:1', 'p:3'] });
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'Waiting for the operator.',
  },
  {
    state: 'was ready and whose provider fails',
    arrange: (site) => failing(site, { status: 503 }, 'False/ProviderUnavailable'),
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'It is tried again.',
  },
  {
    state: 'was ready and whose provider asks to slow down',
    arrange: (site) => failing(site, { status: 429, headers: { 'retry-after': '600' } }, 'False/RateLimited'),
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'after the pause',
  },
  {
    state: 'had a write cut off',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      tenant.control.inject({ kind: 'cut', operationId: 'setOrganizationRolePermissions', times: 0, carryOut: true });
      await tenant.patchRole(roleName, { permissions: ['p:1', 'p:3'] });
      return tenant.untilRole(roleName, 'False/WriteUnconfirmed', 'Synced');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'The write is repeated.',
  },
  {
    state: 'waits for a provider object that is missing',
    arrange: (site) => site.roleThatSays('False/ProviderNotFound', { providerRef: { name: 'missing' } }),
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'missing',
  },
  {
    state: 'waits for a provider object that is not ready',
    arrange: async (site) => {
      const tenant = await site.tenant({ connected: false });
      await tenant.createProvider();
      await tenant.createRole(roleName, { permissions: ['p:1'] });
      return tenant.untilRole(roleName, 'False/ProviderNotReady');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'workos',
  },
];

const waiting: readonly StateCase[] = [
  {
    state: 'is suspended',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      await tenant.patchRole(roleName, { suspend: true });
      return tenant.untilRole(roleName, 'Unknown/Suspended', 'Synced');
    },
    argocd: 'Suspended',
    kstatus: 'InProgress',
    expressions: 'Current',
    says: 'spec.suspend is true.',
  },
  {
    state: 'was suspended and not looked at since',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      return tenant.patchRole(roleName, { suspend: true });
    },
    argocd: 'Suspended',
    kstatus: 'InProgress',
    says: 'spec.suspend is true.',
  },
  {
    state: 'was ready and is paused with its namespace',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      const annotations = { 'rolekeeper.dev/pause': 'true' };
      await tenant.admin.mergePatch(`/api/v1/namespaces/${tenant.namespace}`, { metadata: { annotations } });
      return tenant.untilRole(roleName, 'Unknown/Paused', 'Synced');
    },
    argocd: 'Suspended',
    kstatus: 'Current',
    says: 'rolekeeper.dev/pause',
  },
  {
    state: 'is paused with its provider before the first look',
    arrange: (site) => site.roleThatSays('Unknown/Paused', {}, { provider: { pause: true } }),
    argocd: 'Suspended',
    kstatus: 'InProgress',
    expressions: 'Current',
    says: 'spec.pause',
  },
  {
    state: 'waits for its plan to be approved',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant, { permissions: Array.from({ length: 30 }, (_, index) => `p:${index}`) });
      await tenant.patchRole(roleName, { permissions: ['p:1'] });
      return tenant.untilRole(roleName, 'False/PlanPending');
    },
    argocd: 'Suspended',
    kstatus: 'Failed',
    says: 'rolekeeper.dev/approved-plan',
  },
  {
    state: 'is only observed and differs',
    arrange: async (site) => {
      const tenant = await site.tenant();
      tenant.tamper(roleName, ['p:7']);
      await tenant.createRole(roleName, { permissions: ['p:1'], managementMode: 'Observe' });
      return tenant.untilRole(roleName, 'False/DriftFound');
    },
    argocd: 'Suspended',
    kstatus: 'InProgress',
    expressions: 'Current',
    says: 'spec.managementMode is Observe',
  },
];

const failed: readonly StateCase[] = [
  {
    state: 'is fought over',
    arrange: fought,
    argocd: 'Degraded',
    kstatus: 'InProgress',
    expressions: 'Failed',
    says: 'Something else keeps changing',
  },
  {
    state: 'names a permission that is unknown',
    arrange: (site) => site.roleThatSays('False/PermissionNotFound', { permissions: ['p:1', 'nobody:knows'] }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'nobody:knows',
  },
  {
    state: 'names an organization that is unknown',
    arrange: (site) => site.roleThatSays('False/OrganizationNotFound', { organization: 'org_unknown' }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'spec.organization',
  },
  {
    state: 'cannot be at this provider',
    arrange: (site) => site.roleThatSays('False/InvalidSpec', { slug: 'editor' }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'slug',
  },
  {
    state: 'exists already and is not ours',
    arrange: async (site) => {
      const tenant = await site.tenant();
      tenant.tamper(roleName, ['p:7']);
      await tenant.createRole(roleName, { permissions: ['p:1'] });
      return tenant.untilRole(roleName, 'False/AdoptionRefused');
    },
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'spec.adoptionPolicy',
  },
  {
    state: 'may not be created because it is only observed',
    arrange: (site) => site.roleThatSays('False/RoleNotFound', { managementMode: 'Observe' }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'Observe',
  },
  {
    state: 'exceeds the ceiling of its namespace',
    arrange: (site) => site.roleThatSays('False/CeilingExceeded', {}, { provider: { grants: [] } }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'spec.grants',
  },
  {
    state: 'has a protected slug',
    arrange: (site) => site.roleThatSays('False/Protected', {}, { provider: { guardrails: { protectedSlugs: ['org-*'] } } }),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'protectedSlugs',
  },
  {
    state: 'another Role claims, which is older',
    arrange: async (site) => {
      const tenant = await site.tenant();
      await site.readyRole(tenant);
      // Which of two is older is told by whole seconds.
      await pause(1_100);
      await tenant.createRole('second', { slug: roleName, permissions: ['p:1'] });
      return tenant.untilRole('second', 'False/ManagementConflict');
    },
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: roleName,
  },
  {
    state: 'may not use the provider object',
    arrange: async (site) => {
      const tenant = await site.tenant();
      const name = await site.clusterProvider(tenant);
      await tenant.createRole(roleName, { permissions: ['p:1'], providerRef: { kind: 'ClusterRoleProvider', name } });
      return tenant.untilRole(roleName, 'False/NamespaceNotAllowed');
    },
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'allowedNamespaces',
  },
  {
    state: 'the credentials have no right to',
    arrange: (site) => failing(site, { status: 403 }, 'False/Forbidden'),
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'Give the credentials the right',
  },
];

const deleted: readonly StateCase[] = [
  {
    state: 'is deleted and still held by somebody',
    arrange: async (site) => {
      const tenant = await site.peopled();
      await site.readyRole(tenant, { deletionPolicy: 'Delete' });
      tenant.control.act('putMember', { organization: 'org_1', member: { user: 'user_0', roles: [roleName] } });
      await tenant.deleteRole(roleName);
      return tenant.untilRole(roleName, 'False/RoleInUse');
    },
    argocd: 'Progressing',
    kstatus: 'Terminating',
    expressions: 'InProgress',
    says: '1 member holds it',
  },
];

/** Every state of a Role. */
export const roleStates: readonly StateCase[] = [...working, ...waiting, ...failed, ...deleted];
