import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/index.ts';
import { ensureJudge, Judge } from '../../tools/judges/index.ts';
import { sharedCluster } from '../support/control-plane.ts';
import { conditionOf, eventually, pause, stateOf, type Tenant } from '../support/e2e.ts';
import { untilBinding } from '../support/e2e-bindings.ts';
import { ArgoCD } from '../support/gitops/argocd.ts';
import { bindingName } from '../support/gitops/binding-states.ts';
import { roleName, Site } from '../support/gitops/site.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

let judge: Judge;
let argocd: ArgoCD;
let site: Site;
let operator: OperatorProcess | undefined;

beforeAll(async () => {
  judge = new Judge(await ensureJudge());
  argocd = await ArgoCD.start(judge);
  const cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  site = new Site(cluster);
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-gitops-actions' } });
}, 600_000);

afterAll(async () => {
  await operator?.stop();
  await site?.[Symbol.asyncDispose]();
  await judge?.[Symbol.asyncDispose]();
});

const paths = { Role: 'orgroles', RoleBinding: 'orgrolebindings', RoleProvider: 'roleproviders' } as const;

/** Somebody clicks an action: what the script changed is sent as Argo CD sends it. */
async function click(tenant: Tenant, object: KubeObject, action: string): Promise<void> {
  const path = tenant.path(paths[object.kind as keyof typeof paths], object.metadata.name);
  await tenant.admin.mergePatch(path, (await argocd.patch(object, action)) ?? {});
}

/** A tenant with a Role, a RoleBinding to it and their provider, all ready. */
async function settled(): Promise<readonly [tenant: Tenant, objects: readonly KubeObject[]]> {
  const tenant = await site.peopled();
  await site.readyRole(tenant);
  await tenant.createBinding(bindingName, { roleRef: { name: roleName }, subjects: [{ email: 'user-0@example.com' }] });
  const binding = await untilBinding(tenant, bindingName, 'True/Available');
  return [tenant, [await tenant.role(roleName), binding, await tenant.untilProvider('True/Available')]];
}

const wide = Array.from({ length: 30 }, (_, index) => `p:${index}`);

/** A Role with a plan that takes 28 permissions away. */
async function planned(): Promise<Tenant> {
  const tenant = await site.tenant();
  await site.readyRole(tenant, { permissions: wide });
  await tenant.patchRole(roleName, { permissions: ['p:1', 'p:2'] });
  await tenant.untilRole(roleName, 'False/PlanPending');
  return tenant;
}

describe.concurrent('the actions in Argo CD', () => {
  it('are defined for whatever is offered, with a name for people', async () => {
    const [, objects] = await settled();
    for (const object of objects) {
      const offered = await argocd.offered(object);
      expect(Object.keys(offered).sort()).toEqual(argocd.defined(object));
      for (const { displayName, iconClass } of Object.values(offered)) {
        expect(displayName).toMatch(/^[A-Z]/);
        expect(iconClass).toMatch(/^fa fa-fw fa-/);
      }
    }
  });

  it('change nothing but what they are for', async () => {
    const [, objects] = await settled();
    for (const object of objects) {
      const stop = object.kind === 'RoleProvider' ? 'pause' : 'suspend';
      expect(await argocd.patch(object, 'reconcile')).toEqual({
        metadata: {
          annotations: { 'rolekeeper.dev/reconcile-requested-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
        },
      });
      expect(await argocd.patch(object, stop)).toEqual({ spec: { [stop]: true } });
      expect(await argocd.patch(object, 'resume')).toBeUndefined();
    }
  });

  it('reconcile now: the operator looks once and says so', async () => {
    const [tenant, objects] = await settled();
    for (const object of objects) await click(tenant, object, 'reconcile');
    await eventually(async () => {
      for (const now of [await tenant.role(roleName), await tenant.binding(bindingName), await tenant.provider()]) {
        const asked = now.metadata.annotations?.['rolekeeper.dev/reconcile-requested-at'];
        expect(now.status?.lastHandledReconcileAt, now.kind).toBe(asked);
        expect(asked).toBeDefined();
      }
    });
  });

  it('reconcile now: one click is one look at the provider', async () => {
    const tenant = await site.tenant({ provider: { interval: '1h' } });
    const role = await site.readyRole(tenant);
    tenant.control.clearJournal();
    await click(tenant, role, 'reconcile');
    await eventually(async () => expect((await tenant.role(roleName)).status?.lastHandledReconcileAt).toBeDefined());
    await pause(2_000);
    const calls = tenant.control.journal().map(({ operationId }) => operationId);
    expect(calls.filter((operation) => operation === 'listOrganizationRoles')).toHaveLength(1);
    expect(tenant.writes()).toEqual([]);
  });

  it('suspend and resume a Role and a RoleBinding', async () => {
    const [tenant, [role, binding]] = await settled();
    for (const object of [role, binding] as readonly KubeObject[]) {
      expect(await argocd.enabled(object)).toEqual(['reconcile', 'suspend']);
      await click(tenant, object, 'suspend');
    }
    const suspended = await tenant.untilRole(roleName, 'Unknown/Suspended', 'Synced');
    const suspendedBinding = await untilBinding(tenant, bindingName, 'Unknown/Suspended', 'Synced');
    for (const object of [suspended, suspendedBinding]) {
      expect(await argocd.enabled(object)).toEqual(['resume']);
      await click(tenant, object, 'resume');
    }
    await tenant.untilRole(roleName, 'True/Available');
    await untilBinding(tenant, bindingName, 'True/Available');
  });

  it('pause and resume a provider, and with it what uses it', async () => {
    const [tenant, [, , provider]] = await settled();
    expect(await argocd.enabled(provider as KubeObject)).toEqual(['pause', 'reconcile']);
    await click(tenant, provider as KubeObject, 'pause');
    await tenant.untilRole(roleName, 'Unknown/Paused', 'Synced');
    const paused = await tenant.provider();
    expect(await argocd.enabled(paused)).toEqual(['reconcile', 'resume']);
    await click(tenant, paused, 'resume');
    await tenant.untilRole(roleName, 'True/Synced', 'Synced');
  });
});

describe.concurrent('approving a plan in Argo CD', () => {
  it('shows which plan it is and lets exactly that one through', async () => {
    const tenant = await planned();
    const waiting = await tenant.role(roleName);
    const { hash } = waiting.status?.plan ?? {};
    expect((await argocd.offered(waiting))['approve-plan']).toMatchObject({
      disabled: false,
      displayName: `Approve plan ${hash} (removes 28)`,
    });
    expect(await argocd.patch(waiting, 'approve-plan')).toEqual({ metadata: { annotations: { 'rolekeeper.dev/approved-plan': hash } } });
    await click(tenant, waiting, 'approve-plan');
    const done = await tenant.untilRole(roleName, 'True/Available');
    expect(tenant.remote(roleName)?.permissions).toEqual(['p:1', 'p:2']);
    expect(await argocd.enabled(done)).not.toContain('approve-plan');
  });

  it('approves nothing that has changed since', async () => {
    const tenant = await planned();
    const seen = await tenant.role(roleName);
    await tenant.patchRole(roleName, { permissions: ['p:3'] });
    await eventually(async () => expect((await tenant.role(roleName)).status?.plan?.hash).not.toBe(seen.status?.plan?.hash));
    await click(tenant, seen, 'approve-plan');
    const role = await eventually(async () => {
      const now = await tenant.role(roleName);
      expect(conditionOf(now, 'Ready')?.message).toContain('approved plan');
      return now;
    });
    expect(stateOf(role)).toBe('False/PlanPending');
    expect(tenant.remote(roleName)?.permissions).toHaveLength(30);
  });

  it('approves the revocations of a RoleBinding', async () => {
    const tenant = await site.peopled();
    await site.readyRole(tenant);
    tenant.control.act('putMember', { organization: 'org_1', member: { user: 'user_2', roles: [roleName] } });
    await tenant.createBinding(bindingName, {
      roleRef: { name: roleName },
      subjects: [{ email: 'user-0@example.com' }],
      managementMode: 'Authoritative',
    });
    const waiting = await untilBinding(tenant, bindingName, 'False/PlanPending');
    expect((await argocd.offered(waiting))['approve-plan']?.displayName).toBe(
      `Approve plan ${waiting.status?.plan?.hash} (removes ${waiting.status?.plan?.revokeCount})`,
    );
    await click(tenant, waiting, 'approve-plan');
    await untilBinding(tenant, bindingName, 'True/Available');
    expect(tenant.holders(roleName)).toEqual(['user_0']);
  });

  it('is not offered where a difference is only observed, and changes nothing when it is run all the same', async () => {
    const tenant = await site.tenant();
    tenant.tamper(roleName, ['p:7']);
    await tenant.createRole(roleName, { permissions: ['p:1'], managementMode: 'Observe' });
    const role = await tenant.untilRole(roleName, 'False/DriftFound');
    expect(role.status?.plan?.hash).toBeDefined();
    expect(await argocd.enabled(role)).not.toContain('approve-plan');
    expect(await argocd.patch(role, 'approve-plan')).toBeUndefined();
  });
});

describe('a script in Argo CD', () => {
  it.each(['string.len("")', 'io.open("/etc/hostname")', 'os.getenv("HOME")', 'require("os").exit(0)'])(
    'has no %s, so ours are tested without it',
    async (expression) => {
      const object = { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata: { name: 'x' } };
      await expect(judge.lua(object, `return {${expression}}`)).rejects.toThrow(/attempt to/);
    },
  );
});
