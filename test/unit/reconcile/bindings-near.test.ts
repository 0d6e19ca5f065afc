import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Role, RoleBinding } from '../../../src/api/index.ts';
import { ObjectStore } from '../../../src/cache/index.ts';
import { bindingsNear } from '../../../src/reconcile/binding-members.ts';
import { bindingAddress } from '../../../src/reconcile/binding-target.ts';
import { bindingIndexers, organizationValue, roleIndexers } from '../../../src/reconcile/keys.ts';
import type { Stores } from '../../../src/reconcile/ports.ts';

const apiVersion = 'rolekeeper.dev/v1alpha1';
const organizations = fc.constantFrom('org_a', 'ORG_A', 'org_b', 'org_c');
const names = fc.constantFrom('r0', 'r1', 'r2', 'r3');
const namespaces = fc.constantFrom('one', 'two');

const roles = fc.uniqueArray(fc.record({ namespace: namespaces, name: names, organization: organizations }), {
  selector: ({ namespace, name }) => `${namespace}/${name}`,
});

const bindings = fc.uniqueArray(
  fc.record({
    namespace: namespaces,
    name: fc.constantFrom('b0', 'b1', 'b2', 'b3', 'b4'),
    ref: fc.oneof(fc.record({ name: names }), fc.record({ organization: organizations })),
    granted: fc.option(organizations, { nil: undefined }),
    hasGrants: fc.boolean(),
  }),
  { selector: ({ namespace, name }) => `${namespace}/${name}` },
);

function roleOf({ namespace, name, organization }: { namespace: string; name: string; organization: string }): Role {
  return { apiVersion, kind: 'Role', metadata: { namespace, name }, spec: { providerRef: {}, organization, permissions: [] } };
}

type BindingDraft = typeof bindings extends fc.Arbitrary<(infer T)[]> ? T : never;

function bindingOf({ namespace, name, ref, granted, hasGrants }: BindingDraft): RoleBinding {
  const roleRef = 'name' in ref ? ref : { external: { slug: 'x', organization: ref.organization, providerRef: {} } };
  const role = granted === undefined ? {} : { role: { providerRef: {}, organization: granted, slug: 'x' } };
  const grants = hasGrants ? { grants: [{ kind: 'User' as const, id: 'ann' }] } : {};
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    spec: { roleRef, subjects: [] },
    status: { ...role, ...grants },
  };
}

function storesOf(someRoles: readonly Role[], someBindings: readonly RoleBinding[]): Stores {
  const stores = {
    roles: new ObjectStore<Role>({ indexes: roleIndexers }),
    roleBindings: new ObjectStore<RoleBinding>({ indexes: bindingIndexers }),
  };
  stores.roles.replace(someRoles);
  stores.roleBindings.replace(someBindings);
  return stores as unknown as Stores;
}

it('finds every RoleBinding of the organization through the indexes, once: a sibling that is overlooked could lose its grants', () => {
  fc.assert(
    fc.property(roles, bindings, (someRoles, drafts) => {
      const stores = storesOf(someRoles.map(roleOf), drafts.map(bindingOf));
      const placeOf = (binding: RoleBinding): string | undefined => {
        const address = bindingAddress(binding, stores);
        return address === undefined ? undefined : organizationValue(address.organization);
      };
      for (const one of stores.roleBindings.values()) {
        const place = placeOf(one);
        if (place === undefined) continue;
        const near = bindingsNear(one, stores);
        const siblings = [...stores.roleBindings.values()].filter((binding) => placeOf(binding) === place);
        expect(near).toEqual(expect.arrayContaining(siblings));
        expect(new Set(near).size).toBe(near.length);
      }
    }),
  );
});
