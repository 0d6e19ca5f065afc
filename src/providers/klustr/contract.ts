/** The operations that the client can call, by their id in contracts/klustr.openapi.yaml; a test compares them with it. */
export const operations = {
  adminListIdentities: { method: 'GET', path: '/identities/admin/users' },
  addUserToRole: { method: 'POST', path: '/directory/orgs/{organizationId}/users/{userId}/roles/{roleId}' },
  createOrgRole: { method: 'POST', path: '/directory/orgs/{organizationId}/roles' },
  deleteAllOrganizationRoles: { method: 'DELETE', path: '/directory/orgs/{organizationId}/roles' },
  deleteOrgRole: { method: 'DELETE', path: '/directory/orgs/{organizationId}/roles/{roleId}' },
  generateOrgRoles: { method: 'POST', path: '/directory/orgs/{organizationId}/roles/generate' },
  getOrgRoleAssignments: { method: 'GET', path: '/directory/orgs/{organizationId}/roles/{roleId}/assignments' },
  getOrgRoleById: { method: 'GET', path: '/directory/orgs/{organizationId}/roles/{roleId}' },
  getOrgUserRoles: { method: 'GET', path: '/directory/orgs/{organizationId}/user/roles' },
  getUserNamespacePermissions: { method: 'GET', path: '/directory/orgs/{organizationId}/users/{userId}/permissions/{namespace}' },
  getUserRoles: { method: 'GET', path: '/directory/orgs/{organizationId}/users/{userId}/roles' },
  listOrganizationRoles: { method: 'GET', path: '/directory/orgs/{organizationId}/roles' },
  listOrgPermissions: { method: 'GET', path: '/directory/orgs/{organizationId}/roles/permissions' },
  removeUserRole: { method: 'GET', path: '/directory/orgs/{organizationId}/users/{userId}/roles/{roleId}/delete' },
  updateOrgRole: { method: 'PUT', path: '/directory/orgs/{organizationId}/roles/{roleId}' },
  updateUserRoles: { method: 'POST', path: '/directory/orgs/{organizationId}/users/{userId}/roles' },
} as const;

/** Operations that the vendor's page doesn't show and that `RoleHolders` can do without. The same test compares them with the contract. */
export const unpublishedOperations: ReadonlySet<string> = new Set<keyof typeof operations>([
  'adminListIdentities',
  'getUserNamespacePermissions',
]);

/** Life-cycle stages of a role. */
export const stages = ['alpha', 'beta', 'ga', 'disabled', 'deprecated'] as const;

/** See stages. */
export type Stage = (typeof stages)[number];

/**
 * A whole role as it is sent. What is left out is lost, and `permissions` is never null. Fields that are not known here go back
 * as they came.
 */
export interface RoleDocument {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly description?: string;
  readonly stage?: string;
  readonly permissions: readonly { readonly scope: string }[];
}

/** What roles are generated for. */
export interface GenerateRequest {
  readonly resources: readonly { readonly namespace: string }[];
}
