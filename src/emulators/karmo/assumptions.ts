/**
 * What Karmo's public pages don't say and the emulator must still do somehow, one place for each. A seed can change methods, paths and
 * names for a deployment that has others.
 */
export const assumptions = {
  operations: {
    issueToken: 'POST /auth/token',
    upsertRole: 'PUT /organizations/{tenantId}/roles/{roleSlug}',
    syncRolePermissions: 'PUT /organizations/{tenantId}/roles/{roleSlug}/permissions',
    linkUserToOrganization: 'PUT /organizations/{tenantId}/users/{userId}',
    reactivateOrganizationMembership: 'POST /organizations/{tenantId}/users/{userId}/reactivate',
    listUsers: 'GET /organizations/{tenantId}/users',
    createUser: 'POST /users',
  },
  /** Of JSON properties, and of the query parameter `pageSize`. */
  names: {
    roleName: 'name',
    roleID: 'id',
    permissions: 'permissions',
    users: 'users',
    pageSize: 'limit',
    userID: 'id',
    email: 'email',
    mobileNumber: 'mobileNumber',
    firstName: 'firstName',
    lastName: 'lastName',
    membershipTenant: 'tenantId',
    membershipUser: 'userId',
    membershipRoles: 'roles',
    membershipStatus: 'status',
    accessToken: 'access_token',
    lifetime: 'expires_in',
    errorMetadata: 'metadata',
  },
  /** The AWS service that the gateway checks signatures for. */
  service: 'execute-api',
  /** Of the answer to syncRolePermissions and to createUser. */
  syncStatus: 204,
  createdStatus: 201,
  /** Of a deployment whose access provider isn't configured. */
  notConfiguredStatus: 503,
  /** Of values that have a form which isn't accepted, and of values that can't be carried out. */
  malformedStatus: 400,
  unprocessableStatus: 422,
  /** The gateway's, for a signature that isn't good. */
  badSignatureStatus: 403,
  /** Lengths that the access provider accepts. */
  longestSlug: 48,
  longestName: 48,
  /** A member who loses the last role gets this one: the access provider's memberships always hold one. */
  fallbackRole: 'member',
  /** Whether an invitation that nobody has taken can be reactivated. */
  reactivatesPending: false,
} as const;
