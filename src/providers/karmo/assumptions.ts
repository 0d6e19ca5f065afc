/**
 * What Karmo's public pages don't say and the client must still rely on, one place for each. Methods, paths and names are settings,
 * these are their defaults; the rest changes here.
 */
export const assumptions = {
  /** Only the path of issueToken is documented. */
  operations: {
    issueToken: { method: 'POST', path: '/auth/token' },
    upsertRole: { method: 'PUT', path: '/organizations/{tenantId}/roles/{roleSlug}' },
    syncRolePermissions: { method: 'PUT', path: '/organizations/{tenantId}/roles/{roleSlug}/permissions' },
    linkUserToOrganization: { method: 'PUT', path: '/organizations/{tenantId}/users/{userId}' },
    reactivateOrganizationMembership: { method: 'POST', path: '/organizations/{tenantId}/users/{userId}/reactivate' },
    listUsers: { method: 'GET', path: '/organizations/{tenantId}/users' },
    createUser: { method: 'POST', path: '/users' },
  },
  /** Names of JSON properties, and of the query parameter `pageSize`. */
  properties: {
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
  },
  /** The AWS service that token requests are signed for. */
  service: 'execute-api',
  /** Names of the token and its lifetime in seconds; the first that is there counts. */
  token: { value: ['access_token', 'accessToken'], lifetime: ['expires_in', 'expiresIn'] },
  /** Names in an error body. */
  error: { metadata: ['metadata', 'meta'], text: ['detail', 'title', 'message'] },
  /** What an error points at where a role of a membership is refused. The list is checked before it is sent, so there is no such role. */
  refusedRole: /^\/roles\/\d+$/,
  /** The role that a member keeps whose last one is revoked: a membership at WorkOS always has one. */
  fallbackRole: 'member',
  /** What memberships are: one that counts, one that `reactivateOrganizationMembership` is for, and one that is an invitation still. */
  status: { active: 'active', inactive: 'inactive', pending: 'pending' },
  /** What an 8-digit code looks like. A body without one isn't Karmo's. */
  errorCode: /^[0-9]{8}$/,
  /** What an access provider that isn't configured looks like, and how long to leave it alone then, in milliseconds. */
  notConfigured: { status: 503, retryAfterMs: 300_000 },
  /** Lengths that WorkOS accepts behind Karmo, in UTF-16 code units. */
  limits: { slug: 48, name: 48, permission: 48 },
  /** Ids of organizations: at WorkOS, and in another deployment whatever fits into a path. */
  organization: /^[A-Za-z0-9._~-]+$/,
} as const;
