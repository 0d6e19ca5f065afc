import type { HttpRequest } from '../../lib/index.ts';

/** Where a call is over REST. */
export interface Route {
  readonly method: HttpRequest['method'];
  /** Fields of the request stand in its `{…}` places; those left over are the query of a GET or the body. */
  readonly path: string;
  /** The body is the request's own field `body` instead of the whole request. */
  readonly unwrapped?: true;
}

/**
 * The calls that the client can make, by their names in contracts/frontier-connect.openapi.yaml and contracts/frontier.proto, and
 * where contracts/frontier-rest.openapi.yaml has them; a test compares the three. Over Connect every call is a POST to its own name.
 */
export const routes: Readonly<Record<string, Route>> = {
  AuthToken: { method: 'POST', path: '/v1beta1/auth/token' },
  CreateOrganizationRole: { method: 'POST', path: '/v1beta1/organizations/{org_id}/roles', unwrapped: true },
  CreatePermission: { method: 'POST', path: '/v1beta1/permissions' },
  CreatePolicy: { method: 'POST', path: '/v1beta1/policies', unwrapped: true },
  DeleteOrganizationRole: { method: 'DELETE', path: '/v1beta1/organizations/{org_id}/roles/{id}' },
  DeletePolicy: { method: 'DELETE', path: '/v1beta1/policies/{id}' },
  GetOrganizationRole: { method: 'GET', path: '/v1beta1/organizations/{org_id}/roles/{id}' },
  GetUser: { method: 'GET', path: '/v1beta1/users/{id}' },
  ListOrganizationGroups: { method: 'GET', path: '/v1beta1/organizations/{org_id}/groups' },
  ListOrganizationRoles: { method: 'GET', path: '/v1beta1/organizations/{org_id}/roles' },
  ListOrganizationServiceUsers: { method: 'GET', path: '/v1beta1/organizations/{id}/serviceusers' },
  ListOrganizationUsers: { method: 'GET', path: '/v1beta1/organizations/{id}/users' },
  ListPermissions: { method: 'GET', path: '/v1beta1/permissions' },
  ListPolicies: { method: 'GET', path: '/v1beta1/policies' },
  ListRoles: { method: 'GET', path: '/v1beta1/roles' },
  UpdateOrganizationRole: { method: 'PUT', path: '/v1beta1/organizations/{org_id}/roles/{id}', unwrapped: true },
};

/** The route of a call, by its name. Throws where there is none. */
export function routeOf(name: string): Route {
  const route = routes[name];
  if (route === undefined) throw new Error(`the client has no route for ${name}`);
  return route;
}

/** Codes of errors, by their number in REST bodies; Connect says them by name. */
export const errorCodes = [
  'ok',
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const;
