import type { ClusterRoleProvider, KubeObject, ProviderRef, Role, RoleBinding, RoleProvider } from '../api/index.ts';

/** A reconcile key: `Kind/namespace/name`, with an empty namespace for cluster-scoped kinds. */
export type ReconcileKey = string;

/** The key of an object. */
export function keyOf(object: KubeObject): ReconcileKey {
  return formatKey(object.kind, object.metadata.namespace, object.metadata.name);
}

/** Builds a key. */
export function formatKey(kind: string, namespace: string | undefined, name: string): ReconcileKey {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** Takes a key apart. */
export function parseKey(key: ReconcileKey): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly storeKey: string;
} {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return { kind, namespace, name, storeKey: namespace === '' ? name : `${namespace}/${name}` };
}

/** Whether a key is a RoleBinding's. */
export function isBindingKey(key: ReconcileKey): boolean {
  return key.startsWith('RoleBinding/');
}

/** The key of the provider object that a Role or RoleBinding of `namespace` refers to. */
export function providerKey(ref: ProviderRef, namespace: string | undefined): ReconcileKey {
  const kind = ref.kind ?? 'RoleProvider';
  return formatKey(kind, kind === 'RoleProvider' ? namespace : undefined, ref.name ?? 'default');
}

/** The provider key of a Role. */
export function providerKeyOfRole(role: Role): ReconcileKey {
  return providerKey(role.spec.providerRef, role.metadata.namespace);
}

/** The slug that a Role declares. */
export function slugOf(role: Role): string {
  return role.spec.slug ?? role.metadata.name;
}

/** The key of the Role that a RoleBinding names; undefined where it names an external role. */
export function roleKeyOf({ spec, metadata }: RoleBinding): ReconcileKey | undefined {
  return spec.roleRef.name === undefined ? undefined : formatKey('Role', metadata.namespace, spec.roleRef.name);
}

/**
 * Files RoleBindings by the Role that they name, and by the providers and organizations of the external role and of the role that was
 * granted.
 */
export const bindingIndexers = {
  role: (binding: RoleBinding): readonly string[] => {
    const key = roleKeyOf(binding);
    return key === undefined ? [] : [key];
  },
  provider: ({ spec, status, metadata }: RoleBinding): readonly string[] => {
    const roles = [spec.roleRef.external, status?.role].filter((role) => role !== undefined);
    return [...new Set(roles.map(({ providerRef }) => providerKey(providerRef, metadata.namespace)))];
  },
  organization: ({ spec, status }: RoleBinding): readonly string[] => {
    const roles = [spec.roleRef.external, status?.role].filter((role) => role !== undefined);
    return [...new Set(roles.map(({ organization }) => organizationValue(organization)))];
  },
} as const;

/** Files Roles by the provider they use, by their organization, and by what they claim there; looked up with the functions beside them. */
export const roleIndexers = {
  provider: (role: Role): readonly string[] => [providerKeyOfRole(role)],
  organization: ({ spec }: Role): readonly string[] => [organizationValue(spec.organization)],
  claim: (role: Role): readonly string[] => [claimValue(role)],
} as const;

/** Organizations with equal values may be the same one, because some providers ignore case. */
export function organizationValue(organization: string): string {
  return organization.toLowerCase();
}

/**
 * Roles with equal values may claim the same role at a provider. Case is ignored because some providers do; the finer comparison is
 * made on what the provider's own spelling is.
 */
export function claimValue(role: Role): string {
  return `${role.spec.organization}\n${slugOf(role)}`.toLowerCase();
}

/** Either kind of provider object. */
export type ProviderObject = RoleProvider | ClusterRoleProvider;

/** Whether a provider object is a ClusterRoleProvider. */
export function isClusterScoped(object: ProviderObject): object is ClusterRoleProvider {
  return object.kind === 'ClusterRoleProvider';
}
