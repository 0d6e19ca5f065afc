import { type FaultExpectations, runProviderFaults, stalls, waits } from './faults-suite.ts';
import { startWorkos } from './workos-fixture.ts';

const expected: FaultExpectations = {
  read: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 401: Unauthorized. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 400: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 404: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 500: Injected fault. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 503: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: GET http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: GET http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: data[0].object is missing. It is tried again.",
    ),
  },
  update: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 401: Unauthorized. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 400: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': waits(
      'ProviderConflict',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 404: Injected fault. It is read again.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 500: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "WorkOS setOrganizationRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: role.object is missing. The write is repeated.",
    ),
  },
  create: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 401: Unauthorized. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 400: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 404: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 429: rate_limit_exceeded: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 500: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: POST http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: POST http://emulator: the connection failed while the answer (status 201) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "WorkOS createOrganizationRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 201) isn't what the API promises: role.object is missing. The write is repeated.",
    ),
  },
  shortenedList: waits(
    'ProviderConflict',
    'WorkOS createOrganizationRole, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 409: organization_role_slug_conflict: A role with the slug org-role-0001 exists in the organization. It is read again.',
  ),
};

runProviderFaults({ name: 'workos', start: () => startWorkos() }, expected);
