import type { RoleBindingSpec } from '../../../src/api/index.ts';
import type { Tenant } from '../e2e.ts';
import { untilBinding } from '../e2e-bindings.ts';
import { roleName, type Site, type StateCase } from './site.ts';

/** The name that RoleBindings of these tests have. */
export const bindingName = 'editors';

const subjects = [{ email: 'user-0@example.com' }];

async function bound(site: Site, spec: Partial<RoleBindingSpec> = {}): Promise<Tenant> {
  const tenant = await site.peopled();
  await site.readyRole(tenant);
  await tenant.createBinding(bindingName, { roleRef: { name: roleName }, subjects, ...spec });
  return tenant;
}

/** Every state of a RoleBinding that differs from those of a Role. */
export const bindingStates: readonly StateCase[] = [
  {
    state: 'is as declared',
    arrange: async (site) => untilBinding(await bound(site), bindingName, 'True/Available'),
    argocd: 'Healthy',
    kstatus: 'Current',
    says: 'Every subject',
  },
  {
    state: 'waits for its Role',
    arrange: async (site) => {
      const tenant = await site.peopled();
      await tenant.createBinding(bindingName, { roleRef: { name: 'missing' }, subjects });
      return untilBinding(tenant, bindingName, 'False/RoleNotReady');
    },
    argocd: 'Progressing',
    kstatus: 'InProgress',
    says: 'missing',
  },
  {
    state: 'names somebody unknown',
    arrange: async (site) => {
      const tenant = await bound(site, { subjects: [...subjects, { email: 'nobody@example.com' }] });
      return untilBinding(tenant, bindingName, 'False/SubjectsFailed');
    },
    argocd: 'Degraded',
    kstatus: 'Failed',
    says: 'nobody@example.com',
  },
  {
    state: 'would take the role from others',
    arrange: async (site) => {
      const tenant = await site.peopled();
      await site.readyRole(tenant);
      tenant.control.act('putMember', { organization: 'org_1', member: { user: 'user_2', roles: [roleName] } });
      await tenant.createBinding(bindingName, { roleRef: { name: roleName }, subjects, managementMode: 'Authoritative' });
      return untilBinding(tenant, bindingName, 'False/PlanPending');
    },
    argocd: 'Suspended',
    kstatus: 'Failed',
    says: 'rolekeeper.dev/approved-plan',
  },
  {
    state: 'is suspended',
    arrange: async (site) => untilBinding(await bound(site, { suspend: true }), bindingName, 'Unknown/Suspended'),
    argocd: 'Suspended',
    kstatus: 'InProgress',
    expressions: 'Current',
    says: 'spec.suspend is true.',
  },
  {
    state: 'is deleted while its provider fails',
    arrange: async (site) => {
      const tenant = await bound(site);
      await untilBinding(tenant, bindingName, 'True/Available');
      tenant.control.inject({ kind: 'status', status: 503, times: 0 });
      await tenant.admin.delete(tenant.path('orgrolebindings', bindingName));
      return untilBinding(tenant, bindingName, 'False/ProviderUnavailable');
    },
    argocd: 'Progressing',
    kstatus: 'Terminating',
    expressions: 'InProgress',
    says: 'tried again',
  },
];
