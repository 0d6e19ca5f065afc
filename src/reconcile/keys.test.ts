import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Role } from '../api/index.ts';
import { claimValue, formatKey, keyOf, parseKey, providerKey, providerKeyOfRole, roleIndexers, slugOf } from './keys.ts';

const role = (name: string, spec: Partial<Role['spec']> = {}): Role => ({
  apiVersion: 'rolekeeper.dev/v1alpha1',
  kind: 'Role',
  metadata: { namespace: 'team', name },
  spec: { providerRef: {}, organization: 'org_1', permissions: [], ...spec },
});

describe('keys', () => {
  it('come back as they were made', () => {
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.constantFrom('Role', 'ClusterRoleProvider'), fc.option(name, { nil: undefined }), name, (kind, namespace, given) => {
        const key = parseKey(formatKey(kind, namespace, given));
        expect(key).toMatchObject({ kind, namespace: namespace ?? '', name: given });
        expect(key.storeKey).toBe(namespace === undefined ? given : `${namespace}/${given}`);
      }),
    );
  });

  it('tell kinds and namespaces apart', () => {
    expect(keyOf(role('a'))).toBe('Role/team/a');
    expect(formatKey('RoleProvider', 'a', 'b')).not.toBe(formatKey('ClusterRoleProvider', undefined, 'a/b'));
  });

  it.each([
    { reason: 'the RoleProvider `default` of the own namespace', ref: {}, key: 'RoleProvider/team/default' },
    { reason: 'another RoleProvider of the own namespace', ref: { name: 'other' }, key: 'RoleProvider/team/other' },
    { reason: 'the ClusterRoleProvider `default`', ref: { kind: 'ClusterRoleProvider' as const }, key: 'ClusterRoleProvider//default' },
  ])('of $reason', ({ ref, key }) => {
    expect(providerKey(ref, 'team')).toBe(key);
    expect(providerKeyOfRole(role('a', { providerRef: ref }))).toBe(key);
    expect(roleIndexers.provider(role('a', { providerRef: ref }))).toEqual([key]);
  });
});

describe('claims', () => {
  it('are equal where the same role may be meant, whatever the case', () => {
    expect(slugOf(role('reader'))).toBe('reader');
    expect(claimValue(role('reader'))).toBe(claimValue(role('other', { slug: 'Reader' })));
    expect(claimValue(role('reader'))).toBe(claimValue(role('reader', { organization: 'ORG_1', permissions: ['a'] })));
    expect(roleIndexers.claim(role('reader'))).toEqual([claimValue(role('reader'))]);
  });

  it('differ by slug and by organization, also where both run together', () => {
    expect(claimValue(role('reader'))).not.toBe(claimValue(role('writer')));
    expect(claimValue(role('reader'))).not.toBe(claimValue(role('reader', { organization: 'org_2' })));
    expect(claimValue(role('a', { organization: 'b-c' }))).not.toBe(claimValue(role('c-a', { organization: 'b' })));
  });
});
