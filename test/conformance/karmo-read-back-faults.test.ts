import { type FaultExpectations, runProviderFaults, stalls, waits } from './faults-suite.ts';
import { startKarmoWithReadBack } from './karmo-fixture.ts';

const expected: FaultExpectations = {
  read: {
    'credentials expire in mid-run': 'survived',
    'status 400 that repeats the credentials': waits(
      'ProviderUnavailable',
      "WorkOS listOrganizationRoles, organization org_01CONFORMANCE0000000000001: status 400 with a body that isn't an error of the API: check the base URL. It is tried again.",
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
      'Karmo issueToken, AWS identity at http://emulator: status 403: 10000403: The security token included in the request is invalid or missing. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 400: 10000400: You sent [redacted] and [redacted] and [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 401: 10000401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 403: 10000403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': waits(
      'ProviderUnavailable',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 404: 10000404: Injected fault; the role is there, so the path may be wrong: check operations.syncRolePermissions. It is tried again.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 409: 10000409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 422: 10000422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 500: 10000500: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 503: 10000503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'an empty answer': 'survived',
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Karmo syncRolePermissions, role org-role-0001 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': 'survived',
  },
  create: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Karmo issueToken, AWS identity at http://emulator: status 403: 10000403: The security token included in the request is invalid or missing. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 400: 10000400: You sent [redacted] and [redacted] and [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 401: 10000401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 403: 10000403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 404: 10000404: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 409: 10000409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 422: 10000422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 500: 10000500: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 503: 10000503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: PUT http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'ProviderConflict',
      'Karmo syncRolePermissions, role org-role-0002 of organization org_01CONFORMANCE0000000000001: status 404: 10000404: Role not found; roleSlug=org-role-0002 tenantId=org_01CONFORMANCE0000000000001. It is read again.',
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Karmo upsertRole, role org-role-0002 of organization org_01CONFORMANCE0000000000001: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': 'survived',
  },
  token: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Karmo issueToken, AWS identity at http://emulator: status 403: 10000403: The security token included in the request is invalid or missing. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 400: 10000400: You sent [redacted] and [redacted] and [redacted] and [redacted] to us. It is tried again.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Karmo issueToken, AWS identity at http://emulator: status 401: 10000401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': waits(
      'CredentialsInvalid',
      'Karmo issueToken, AWS identity at http://emulator: status 403: 10000403: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 404': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 404: 10000404: Injected fault. It is tried again.',
    ),
    'status 409': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 409: 10000409: Injected fault. It is tried again.',
    ),
    'status 422': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 422: 10000422: Injected fault. It is tried again.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Karmo issueToken, AWS identity at http://emulator: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Karmo issueToken, AWS identity at http://emulator: status 429: 10000429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 500: 10000500: Injected fault. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 503: 10000503: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: POST http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'Karmo issueToken, AWS identity at http://emulator: POST http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "Karmo issueToken, AWS identity at http://emulator: the answer (status 200) isn't what the API promises: access_token is missing. It is tried again.",
    ),
  },
  shortenedList: waits(
    'ProviderConflict',
    'Karmo upsertRole, role org-role-0001 of organization org_01CONFORMANCE0000000000001: it exists already. It is read again.',
  ),
};

runProviderFaults({ name: 'karmo with read-back', start: () => startKarmoWithReadBack(), tokenOperation: 'issueToken' }, expected);
