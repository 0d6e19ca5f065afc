import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { validateManifest } from '../../src/api/validate.ts';
import type { ApiResponse } from '../../tools/controlplane/api-client.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { type Attempt, binding, manyPermissions, provider, role, ruleCases, type Spec } from './crds/cases.ts';
import { readCrds, rulesOf } from './crds/manifests.ts';
import { schemaCases, unknownFieldCases } from './crds/schema-cases.ts';

const crds = readCrds();
let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  namespace = await cluster.createNamespace('crds');
});

interface KubeObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec: Spec;
  readonly status?: unknown;
}

interface Refusal {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly message: string; readonly field: string }[] };
}

let counter = 0;

/** A name that no other object of the run has; cluster-scoped kinds share one name space with other test files. */
function freshName(): string {
  counter += 1;
  return `${namespace}-${counter}`;
}

function collection(kind: string): string {
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`There is no CRD of ${kind}.`);
  const { group, scope, names, versions } = crd.spec;
  const place = scope === 'Cluster' ? '' : `namespaces/${namespace}/`;
  return `/apis/${group}/${versions[0].name}/${place}${names.plural}`;
}

function manifest(kind: string, spec: Spec, name = freshName()): KubeObject & { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: 'rolekeeper.dev/v1alpha1', kind, metadata: { name }, spec };
}

/** Stores an object until the test ends: cluster-scoped ones would be seen by other test files. */
async function create(kind: string, object: KubeObject): Promise<KubeObject> {
  onTestFinished(() => cluster.admin.delete(`${collection(kind)}/${object.metadata.name}`));
  return cluster.admin.create<KubeObject>(collection(kind), object);
}

/** Asks the API server what it would say; nothing is stored except what an update needs to begin from. */
async function attempt(kind: string, { before, spec, name }: Attempt): Promise<ApiResponse> {
  const path = collection(kind);
  const query = 'dryRun=All&fieldValidation=Strict';
  const object = manifest(kind, spec, name);
  if (before === undefined) return cluster.admin.request('POST', `${path}?${query}`, { body: object });
  const created = await create(kind, { ...object, spec: before });
  const { resourceVersion } = created.metadata;
  if (resourceVersion === undefined) throw new Error(`${path} answered an object without resourceVersion.`);
  const body = { ...object, metadata: { ...object.metadata, resourceVersion } };
  return cluster.admin.request('PUT', `${path}/${object.metadata.name}?${query}`, { body });
}

function causesOf(response: ApiResponse): readonly { readonly message: string; readonly field: string }[] {
  return (response.body as Refusal).details?.causes ?? [];
}

function messageOf(response: ApiResponse): string | undefined {
  return (response.body as Refusal).message;
}

describe('the CRDs', () => {
  it.each(crds.map((crd) => crd.metadata.name))('%s is accepted and established', async (name) => {
    const crd = await cluster.admin.get<{
      readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
    }>(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    const conditions = Object.fromEntries(crd.status.conditions.map(({ type, status }) => [type, status]));
    expect(conditions).toMatchObject({ Established: 'True', NamesAccepted: 'True' });
    expect(conditions).not.toHaveProperty('NonStructuralSchema');
  });

  it('are the four kinds', () => {
    expect(crds.map(({ spec }) => spec.names.kind).sort()).toEqual(['ClusterRoleProvider', 'Role', 'RoleBinding', 'RoleProvider']);
  });
});

describe('CEL rules', () => {
  const key = ({ kind, path, message }: { readonly kind: string; readonly path: string; readonly message: string }): string =>
    `${kind} ${path}: ${message}`;

  it('have a case each, and no case is left from a rule that is gone', () => {
    expect(ruleCases.map(key).sort()).toEqual(crds.flatMap(rulesOf).map(key).sort());
  });

  const accepted = ruleCases.flatMap((rule) =>
    rule.accepted.map((tried, index) => ({ ...tried, ...rule, title: `${key(rule)} #${index}` })),
  );
  it.each(accepted)('accept $title', async ({ kind, before, spec, name }) => {
    const response = await attempt(kind, { spec, ...(before && { before }), ...(name && { name }) });
    expect(messageOf(response)).toBeUndefined();
    expect([200, 201]).toContain(response.status);
    expect(validateManifest(manifest(kind, spec))).toMatchObject({ ok: true });
  });

  const refused = ruleCases.flatMap((rule) => rule.refused.map((tried, index) => ({ ...tried, ...rule, title: `${key(rule)} #${index}` })));
  it.each(refused)('refuse $title', async ({ kind, before, spec, name, message }) => {
    const response = await attempt(kind, { spec, ...(before && { before }), ...(name && { name }) });
    expect(response.status).toBe(422);
    // Nothing else may be wrong with the object: otherwise it would say nothing about this rule.
    expect(causesOf(response)).not.toEqual([]);
    for (const cause of causesOf(response)) expect(cause.message).toContain(message);
  });

  it('name the permission that is listed twice', async () => {
    const response = await attempt('Role', { spec: { ...role, permissions: ['a', 'invoice:void', 'b', 'invoice:void'] } });
    expect(messageOf(response)).toContain('invoice:void');
  });
});

describe('the schema', () => {
  it.each(schemaCases)('refuses $reason, as validateManifest does', async ({ kind, spec, field, says }) => {
    const response = await attempt(kind, { spec });
    expect(response.status).toBe(422);
    const causes = causesOf(response).filter((cause) => cause.field === field);
    expect(causes.map(({ message }) => message)).toContainEqual(expect.stringMatching(says));
    const check = validateManifest(manifest(kind, spec));
    expect(check.ok ? [] : check.problems.map(({ path }) => path)).toContain(field);
  });

  it.each(unknownFieldCases)('refuses the unknown field $field of a $kind, as validateManifest does', async ({ kind, spec, field }) => {
    const response = await attempt(kind, { spec });
    expect(response.status).toBe(400);
    expect(messageOf(response)).toContain(`unknown field "${field}"`);
    const check = validateManifest(manifest(kind, spec));
    expect(check).toMatchObject({ ok: false, problems: [{ path: field }] });
  });

  it('fills in the defaults that validateManifest fills in', async () => {
    for (const [kind, spec] of [
      ['Role', role],
      ['RoleBinding', { ...binding, roleRef: { external: { slug: 's', organization: 'o' } } }],
      ['RoleProvider', provider('RoleProvider', { guardrails: { removalBudget: {} } })],
      ['ClusterRoleProvider', provider('ClusterRoleProvider')],
    ] as const) {
      const created = (await attempt(kind, { spec })).body as KubeObject;
      const check = validateManifest(manifest(kind, spec));
      expect(check.ok && check.manifest.spec).toEqual(created.spec);
    }
  });

  it.each(['Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider'])('gives a new %s a status that is not current', async (kind) => {
    const spec = kind === 'Role' ? role : kind === 'RoleBinding' ? binding : provider(kind);
    const object = { ...manifest(kind, spec), status: { observedGeneration: 1, conditions: [] } };
    const created = await create(kind, object);
    expect(created.status).toMatchObject({
      observedGeneration: -1,
      conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Pending' }],
    });
  });
});

describe('server-side apply', () => {
  function pathOf(name: string): string {
    return `${collection('Role')}/${name}`;
  }

  it('takes back a permission that somebody else added', async () => {
    const object = manifest('Role', role);
    await cluster.admin.apply(pathOf(object.metadata.name), object, 'gitops');
    await cluster.admin.mergePatch(pathOf(object.metadata.name), { spec: { permissions: ['invoice:read', 'admin'] } });
    const applied = await cluster.admin.apply<KubeObject>(pathOf(object.metadata.name), object, 'gitops');
    expect(applied.spec.permissions).toEqual(['invoice:read']);
  });

  it('can empty the permissions of a role that may be empty', async () => {
    const object = manifest('Role', { ...role, allowEmpty: true });
    await cluster.admin.apply(pathOf(object.metadata.name), object, 'gitops');
    const empty = { ...object, spec: { ...object.spec, permissions: [] } };
    const applied = await cluster.admin.apply<KubeObject>(pathOf(object.metadata.name), empty, 'gitops');
    expect(applied.spec.permissions).toEqual([]);
  });

  it('stores 2000 permissions', async () => {
    const object = manifest('Role', { ...role, permissions: manyPermissions(2000) });
    const applied = await cluster.admin.apply<KubeObject>(pathOf(object.metadata.name), object, 'gitops');
    expect(applied.spec.permissions).toHaveLength(2000);
  });

  it('lets one manager own each condition', async () => {
    const object = manifest('Role', role);
    const path = pathOf(object.metadata.name);
    await create('Role', object);
    const condition = (type: string) => ({ type, status: 'True', reason: 'R', message: 'M', lastTransitionTime: '2030-01-01T00:00:00Z' });
    const status = (type: string) => ({ apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', status: { conditions: [condition(type)] } });
    await cluster.admin.apply(`${path}/status`, status('Ready'), 'one');
    const applied = await cluster.admin.apply<{ readonly status: { readonly conditions: readonly { readonly type: string }[] } }>(
      `${path}/status`,
      status('Synced'),
      'two',
    );
    expect(applied.status.conditions.map(({ type }) => type)).toEqual(['Ready', 'Synced']);
  });
});

describe('kubectl', () => {
  it('explains a spec in the words of the source', async () => {
    const text = await cluster.kubectl(['explain', 'orgrole.spec']);
    expect(text.replace(/\s+/g, ' ')).toContain('The complete set of permissions, in any spelling the provider accepts.');
    expect(text).toMatch(/managementMode\s+<string>\n\s+enum: Enforce, Additive, Observe/);
    expect(text).toMatch(/organization\s+<string> -required-/);
    expect(text.replace(/\s+/g, ' ')).toContain('difference in `status.plan`. Default: `Enforce`.');
  });

  it.each([
    { kind: 'Role', spec: role, head: ['NAME', 'ORGANIZATION', 'READY', 'REASON', 'PERMS', 'AGE'] },
    { kind: 'RoleBinding', spec: binding, head: ['NAME', 'ROLE', 'READY', 'REASON', 'SUBJECTS', 'GRANTED', 'FAILED', 'AGE'] },
    { kind: 'RoleProvider', spec: provider('RoleProvider'), head: ['NAME', 'READY', 'REASON', 'TYPE', 'ROLES', 'AGE'] },
    { kind: 'ClusterRoleProvider', spec: provider('ClusterRoleProvider'), head: ['NAME', 'READY', 'REASON', 'TYPE', 'ROLES', 'AGE'] },
  ])('shows the columns of a $kind under each of its names', async ({ kind, spec, head }) => {
    const object = manifest(kind, spec);
    await create(kind, object);
    const names = crds.find((crd) => crd.spec.names.kind === kind)?.spec.names;
    for (const resource of [names?.plural, names?.singular, ...(names?.shortNames ?? [])]) {
      const text = await cluster.kubectl(['get', `${resource}`, object.metadata.name, '-n', namespace]);
      expect(text.split('\n')[0]?.trim().split(/\s+/)).toEqual(head);
    }
  });

  it('still means RBAC by roles and rolebindings', async () => {
    const text = await cluster.kubectl(['get', 'roles,role,rolebindings,rolebinding', '-A', '-o', 'name']);
    expect(
      [
        ...new Set(
          text
            .trim()
            .split('\n')
            .map((line) => line.split('/')[0]),
        ),
      ].sort(),
    ).toEqual(['role.rbac.authorization.k8s.io', 'rolebinding.rbac.authorization.k8s.io']);
  });

  it('finds the kinds in the category rolekeeper and never in all', async () => {
    const of = async (category: string): Promise<string> => cluster.kubectl(['api-resources', '--categories', category, '-o', 'name']);
    expect((await of('rolekeeper')).trim().split('\n').sort()).toEqual(crds.map(({ metadata }) => metadata.name).sort());
    expect(await of('all')).not.toContain('rolekeeper.dev');
  });
});
