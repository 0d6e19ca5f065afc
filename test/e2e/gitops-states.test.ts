import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition, KubeObject } from '../../src/api/index.ts';
import { ensureJudge, Judge } from '../../tools/judges/index.ts';
import { sharedCluster } from '../support/control-plane.ts';
import { apiRoot } from '../support/e2e.ts';
import { ArgoCD } from '../support/gitops/argocd.ts';
import { bindingName, bindingStates } from '../support/gitops/binding-states.ts';
import { expressionsFor, fluxKustomization } from '../support/gitops/flux.ts';
import { providerStates } from '../support/gitops/provider-states.ts';
import { roleStates } from '../support/gitops/role-states.ts';
import { roleName, Site, type StateCase } from '../support/gitops/site.ts';
import { kstatusOf } from '../support/kstatus.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

let judge: Judge;
let argocd: ArgoCD;
let flux: Awaited<ReturnType<typeof fluxKustomization>>;
let site: Site;
let operator: OperatorProcess | undefined;
/** One of each kind, as the API server had it before there was an operator. */
let untouched: readonly KubeObject[];

/** An object of each kind that nobody has looked at. */
async function untouchedObjects(): Promise<readonly KubeObject[]> {
  const tenant = await site.tenant();
  const provider = await site.clusterProvider(tenant);
  return [
    await tenant.createRole(roleName, { permissions: ['p:1'] }),
    await tenant.createBinding(bindingName, { roleRef: { name: roleName }, subjects: [] }),
    await tenant.provider(),
    await tenant.admin.get(`${apiRoot}/clusterroleproviders/${provider}`),
  ];
}

beforeAll(async () => {
  judge = new Judge(await ensureJudge());
  argocd = await ArgoCD.start(judge);
  flux = await fluxKustomization('production');
  const cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  site = new Site(cluster);
  untouched = await untouchedObjects();
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-gitops-states' } });
}, 600_000);

afterAll(async () => {
  await operator?.stop();
  await site?.[Symbol.asyncDispose]();
  await judge?.[Symbol.asyncDispose]();
});

/** Everything that tools say of an object. */
async function verdicts(object: KubeObject): Promise<Omit<StateCase, 'state' | 'arrange'>> {
  const health = await argocd.health(object);
  const { flux: status, upstream } = await judge.kstatus(object);
  // Both libraries, and the few lines by which other tests judge, are of one mind.
  expect([upstream, kstatusOf(object)]).toEqual([status, status]);
  const expressions = await judge.expressions(object, expressionsFor(flux, object.kind));
  return { argocd: health.status, kstatus: status, expressions, says: health.message } as Omit<StateCase, 'state' | 'arrange'>;
}

async function expectVerdicts(object: KubeObject, { argocd: health, kstatus, expressions = kstatus, says }: StateCase): Promise<void> {
  const conditions = (object as { readonly status?: { readonly conditions?: readonly Condition[] } }).status?.conditions;
  expect(await verdicts(object), JSON.stringify(conditions)).toEqual({
    argocd: health,
    kstatus,
    expressions,
    says: expect.stringContaining(says),
  });
}

describe('an object that no operator has looked at', () => {
  it.each([0, 1, 2, 3])('is on its way for everybody, whatever its kind', async (index) => {
    const object = untouched[index] as KubeObject;
    const expected = { argocd: 'Progressing', kstatus: 'InProgress', says: 'Waiting for the operator.' } as const;
    await expectVerdicts(object, { ...expected, state: '', arrange: () => Promise.resolve(object) });
  });
});

describe.concurrent('a Role that', () => {
  it.each(roleStates)('$state is $argocd for Argo CD and $kstatus for kstatus', async (state) => {
    await expectVerdicts(await state.arrange(site), state);
  });
});

describe.concurrent('a RoleBinding that', () => {
  it.each(bindingStates)('$state is $argocd for Argo CD and $kstatus for kstatus', async (state) => {
    await expectVerdicts(await state.arrange(site), state);
  });
});

describe.concurrent('a provider that', () => {
  it.each(providerStates)('$state is $argocd for Argo CD and $kstatus for kstatus', async (state) => {
    await expectVerdicts(await state.arrange(site), state);
  });
});
