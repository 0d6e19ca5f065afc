import { group, version } from '../api/index.ts';
import type { ResourceType } from './types.ts';

/** The resources that rolekeeper reads or writes. */
export const resources = {
  roles: { group, version, plural: 'orgroles', kind: 'Role', namespaced: true },
  roleBindings: { group, version, plural: 'orgrolebindings', kind: 'RoleBinding', namespaced: true },
  roleProviders: { group, version, plural: 'roleproviders', kind: 'RoleProvider', namespaced: true },
  clusterRoleProviders: { group, version, plural: 'clusterroleproviders', kind: 'ClusterRoleProvider', namespaced: false },
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  secrets: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
  events: { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
} as const satisfies Record<string, ResourceType>;
