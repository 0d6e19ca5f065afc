import { describe, expect, it } from 'vitest';
import { kinds } from './generated/schemas.ts';
import { type ManifestProblem, validateManifest } from './validate.ts';

function role(spec: unknown, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata: { name: 'billing' }, spec, ...more };
}

function problemsOf(value: unknown): readonly ManifestProblem[] {
  const check = validateManifest(value);
  return check.ok ? [] : check.problems;
}

const spec = { organization: 'org_1', permissions: ['invoice:read'] };

describe('validateManifest', () => {
  it('has a schema for each kind', () => {
    expect(kinds).toEqual(['ClusterRoleProvider', 'Role', 'RoleBinding', 'RoleProvider']);
  });

  it('returns a copy with the defaults of the CRD, nested ones too', () => {
    const given = role(spec);
    const check = validateManifest(given);
    expect(check).toMatchObject({
      ok: true,
      manifest: {
        kind: 'Role',
        spec: {
          ...spec,
          providerRef: { kind: 'RoleProvider', name: 'default' },
          managementMode: 'Enforce',
          adoptionPolicy: 'IfIdentical',
          deletionPolicy: 'Retain',
          unknownPermissions: 'Fail',
        },
      },
    });
    expect(given).toEqual(role({ organization: 'org_1', permissions: ['invoice:read'] }));
    expect(check).not.toHaveProperty('manifest.status');
  });

  it('accepts what the API server adds', () => {
    const metadata = { name: 'billing', namespace: 'a', uid: 'u', resourceVersion: '1', managedFields: [], ownerReferences: [{}] };
    const status = { observedGeneration: -1, conditions: [] };
    expect(problemsOf(role(spec, { metadata, status }))).toEqual([]);
  });

  it('accepts each kind', () => {
    const of = (kind: string, kindSpec: unknown): unknown => ({ ...(role(kindSpec) as object), kind });
    const workos = { apiKeySecretRef: { name: 's', key: 'k' } };
    expect(
      problemsOf(of('RoleBinding', { roleRef: { name: 'r' }, subjects: [{ email: 'a@b.c', expiresAt: '2030-01-31T00:00:00Z' }] })),
    ).toEqual([]);
    expect(problemsOf(of('RoleProvider', { workos }))).toEqual([]);
    expect(problemsOf(of('ClusterRoleProvider', { workos: { apiKeySecretRef: { namespace: 'n', name: 's', key: 'k' } } }))).toEqual([]);
    expect(problemsOf(of('ClusterRoleProvider', { workos }))).toEqual([
      { path: 'spec.workos.apiKeySecretRef.namespace', message: 'is required' },
    ]);
  });

  const mistakes: readonly { reason: string; value: unknown; path: string; says: RegExp }[] = [
    { reason: 'no object', value: ['a'], path: '', says: /must be an object .* not a list/ },
    { reason: 'an empty document', value: null, path: '', says: /not null/ },
    { reason: 'another group', value: role(spec, { apiVersion: 'rbac.authorization.k8s.io/v1' }), path: 'apiVersion', says: /not "rbac/ },
    { reason: 'an unknown kind', value: role(spec, { kind: 'Rule' }), path: 'kind', says: /one of .*RoleBinding.*not "Rule"/ },
    { reason: 'no kind', value: { apiVersion: 'rolekeeper.dev/v1alpha1' }, path: 'kind', says: /not absent/ },
    { reason: 'no name', value: role(spec, { metadata: {} }), path: 'metadata', says: /must have a name/ },
    {
      reason: 'a name that Kubernetes refuses',
      value: role(spec, { metadata: { name: 'Billing' } }),
      path: 'metadata.name',
      says: /must match/,
    },
    {
      reason: 'a label that is no string',
      value: role(spec, { metadata: { name: 'a', labels: { 'a/b': 1 } } }),
      path: 'metadata.labels["a/b"]',
      says: /string, not 1/,
    },
    { reason: 'no spec', value: role(undefined), path: 'spec', says: /^is required$/ },
    { reason: 'a missing field', value: role({ permissions: ['a'] }), path: 'spec.organization', says: /is required/ },
    {
      reason: 'a misspelt field',
      value: role({ ...spec, permission: [] }),
      path: 'spec.permission',
      says: /not a known field.*permissions/,
    },
    { reason: 'a wrong type', value: role({ ...spec, suspend: 'no' }), path: 'spec.suspend', says: /must be a boolean, not "no"/ },
    {
      reason: 'an empty key in YAML',
      value: role({ ...spec, permissions: null }),
      path: 'spec.permissions',
      says: /must be a list, not null/,
    },
    {
      reason: 'a value outside the enum',
      value: role({ ...spec, managementMode: 'enforce' }),
      path: 'spec.managementMode',
      says: /"Enforce", "Additive", "Observe", not "enforce"/,
    },
    { reason: 'an empty string', value: role({ ...spec, displayName: '' }), path: 'spec.displayName', says: /must not be empty/ },
    {
      reason: 'a string too long',
      value: role({ ...spec, displayName: 'x'.repeat(256) }),
      path: 'spec.displayName',
      says: /at most 255 characters, not 256/,
    },
    {
      reason: 'an illegal character',
      value: role({ ...spec, permissions: ['a', 'b c'] }),
      path: 'spec.permissions[1]',
      says: /must match .*, not "b c"/,
    },
    {
      reason: 'a duplicate',
      value: role({ ...spec, permissions: ['a', 'b', 'a'] }),
      path: 'spec.permissions[2]',
      says: /repeats "a", which is entry \[0\]/,
    },
    {
      reason: 'too many entries',
      value: role({ ...spec, permissions: Array.from({ length: 2001 }, (_, i) => `p${i}`) }),
      path: 'spec.permissions',
      says: /at most 2000 entries, not 2001/,
    },
    { reason: 'no duration', value: role({ ...spec, interval: '1.5h' }), path: 'spec.interval', says: /must match/ },
    {
      reason: 'a number below its bound',
      value: {
        ...(role({ workos: { apiKeySecretRef: { name: 's', key: 'k' } }, rateLimit: { burst: 0 } }) as object),
        kind: 'RoleProvider',
      },
      path: 'spec.rateLimit.burst',
      says: /at least 1, not 0/,
    },
    {
      reason: 'no time',
      value: { ...(role({ roleRef: { name: 'r' }, subjects: [{ id: 'u', expiresAt: 'tomorrow' }] }) as object), kind: 'RoleBinding' },
      path: 'spec.subjects[0].expiresAt',
      says: /date-time such as .* not "tomorrow"/,
    },
  ];
  it.each(mistakes)('names $reason', ({ value, path, says }) => {
    expect(problemsOf(value)).toEqual([{ path, message: expect.stringMatching(says) }]);
  });

  it('takes an empty key for none, as the API server does', () => {
    const check = validateManifest(role({ ...spec, managementMode: null, displayName: null, providerRef: { kind: null, name: 'a' } }));
    expect(check).toMatchObject({
      ok: true,
      manifest: { spec: { managementMode: 'Enforce', providerRef: { kind: 'RoleProvider', name: 'a' } } },
    });
  });

  it('names every problem at once, by path', () => {
    const paths = problemsOf(role({ permissions: ['a', ' ', 'b', '-'], suspend: 1, x: 1 })).map(({ path }) => path);
    expect(paths).toEqual(['spec.organization', 'spec.permissions[1]', 'spec.permissions[3]', 'spec.suspend', 'spec.x']);
  });

  it('shows a long value cut', () => {
    const [problem] = problemsOf(role({ ...spec, slug: `${'a'.repeat(200)} ` }));
    expect(problem?.message.length).toBeLessThan(200);
  });

  it('leaves CEL rules to the API server', () => {
    expect(problemsOf(role({ ...spec, permissions: [] }))).toEqual([]);
  });
});
