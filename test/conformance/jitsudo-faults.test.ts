import { type FaultExpectations, runProviderFaults, stalls, waits } from './faults-suite.ts';
import { startJitsudo } from './jitsudo-fixture.ts';

const expected: FaultExpectations = {
  read: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Authentication is required. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 400: invalid_request: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 403: forbidden: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 404: not_found: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 409: conflict: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 422: invalid_request: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 500: internal: Injected fault. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 503: internal: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: GET http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: GET http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "jitsudo listRoles, tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: data[0].is_system is not true or false. It is tried again.",
    ),
  },
  update: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Authentication is required. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 400: invalid_request: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 403: forbidden: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': waits(
      'ProviderConflict',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 404: not_found: Injected fault. It is read again.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 409: conflict: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 422: invalid_request: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 500: internal: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 503: internal: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: PATCH http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: PATCH http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: PATCH http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: PATCH http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "jitsudo updateRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: role.is_system is not true or false. The write is repeated.",
    ),
  },
  create: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Authentication is required. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 400: invalid_request: You sent [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 403: forbidden: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'Unsupported',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: this server has no POST /v1/roles (status 404); nothing was changed. Make the role at jitsudo and let the Role take it over by spec.adoptionPolicy. Change the spec to what the provider can do.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 409: conflict: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 422: invalid_request: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 429: rate_limited: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 500: internal: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 503: internal: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': stalls(
      'Unsupported',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: this server has no POST /v1/roles (status 404); nothing was changed. Make the role at jitsudo and let the Role take it over by spec.adoptionPolicy. Change the spec to what the provider can do.',
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: POST http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: POST http://emulator: the connection failed while the answer (status 201) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "jitsudo createRole, role role-0002 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: the answer (status 201) isn't what the API promises: role.is_system is not true or false. The write is repeated.",
    ),
  },
  shortenedList: waits(
    'ProviderConflict',
    'jitsudo createRole, role role-0001 of tenant 3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f: status 409: conflict: A role with the slug role-0001 exists. It is read again.',
  ),
};

runProviderFaults({ name: 'jitsudo with an API key', start: () => startJitsudo('apiKey') }, expected);
runProviderFaults({ name: 'jitsudo with a token', start: () => startJitsudo('token') }, expected);
