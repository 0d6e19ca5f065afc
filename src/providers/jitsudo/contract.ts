/** The operations that are used, by their id in contracts/jitsudo.openapi.yaml; a test compares them with it. */
export const operations = {
  createRole: { method: 'POST', path: '/v1/roles' },
  deleteRole: { method: 'DELETE', path: '/v1/roles/{slug}' },
  getUser: { method: 'GET', path: '/v1/users/{id}' },
  listPermissions: { method: 'GET', path: '/v1/permissions' },
  listRoles: { method: 'GET', path: '/v1/roles' },
  listUsers: { method: 'GET', path: '/v1/users' },
  updateRole: { method: 'PATCH', path: '/v1/roles/{slug}' },
  updateUser: { method: 'PUT', path: '/v1/users/{id}' },
} as const;

/** Operations that nobody documents: a server may be without them. The same test compares them with the contract. */
export const assumedOperations: ReadonlySet<string> = new Set<keyof typeof operations>([
  'createRole',
  'deleteRole',
  'getUser',
  'listUsers',
]);

/** A role to create. */
export interface CreateRole {
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly string[];
}

/** A change; what is left out stays. */
export interface UpdateRole {
  readonly name?: string;
  readonly description?: string;
  /** The complete list. */
  readonly scopes?: readonly string[];
}

/** A change of a user. */
export interface UpdateUser {
  /** Sent again as it is: what is left out may be taken away. */
  readonly name: string;
  /** The complete list. */
  readonly roles: readonly string[];
}

/** The machine code of a credential that belongs to another tenant than the header names. */
export const tenantMismatch = 'tenant_mismatch';
