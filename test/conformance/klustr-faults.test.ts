import { type FaultExpectations, runProviderFaults, stalls, waits } from './faults-suite.ts';
import { startKlustr } from './klustr-fixture.ts';

const expected: FaultExpectations = {
  read: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Klustr issueToken, OAuth2 client at http://emulator: status 401: invalid_client: Client authentication failed. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Klustr listOrganizationRoles, organization conformance.test: status 400: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Klustr listOrganizationRoles, organization conformance.test: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Klustr listOrganizationRoles, organization conformance.test: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'Klustr listOrganizationRoles, organization conformance.test: status 404: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Klustr listOrganizationRoles, organization conformance.test: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Klustr listOrganizationRoles, organization conformance.test: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Klustr listOrganizationRoles, organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Klustr listOrganizationRoles, organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: status 500: RuntimeException: Injected fault. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: status 503: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: GET http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'Klustr listOrganizationRoles, organization conformance.test: GET http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "Klustr listOrganizationRoles, organization conformance.test: the answer (status 200) isn't what the API promises: roles[0].id is missing. It is tried again.",
    ),
  },
  update: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Klustr issueToken, OAuth2 client at http://emulator: status 401: invalid_client: Client authentication failed. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 400: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': waits(
      'ProviderConflict',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 404: Injected fault. It is read again.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 500: RuntimeException: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: PUT http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: PUT http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "Klustr updateOrgRole, role conformance.role-0001 of organization conformance.test: the answer (status 200) isn't what the API promises: role.id is missing. The write is repeated.",
    ),
  },
  create: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Klustr issueToken, OAuth2 client at http://emulator: status 401: invalid_client: Client authentication failed. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 400: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 401: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 403: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 404: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 409: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 422: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 429: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 500: RuntimeException: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 503: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 404 with a body that isn't an error of the API: check the base URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: POST http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: POST http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "Klustr createOrgRole, role conformance.role-0002 of organization conformance.test: the answer (status 200) isn't what the API promises: role.id is missing. The write is repeated.",
    ),
  },
  token: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Klustr issueToken, OAuth2 client at http://emulator: status 401: invalid_client: Client authentication failed. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 400 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    'status 401': waits(
      'CredentialsInvalid',
      "Klustr issueToken, OAuth2 client at http://emulator: status 401 with a body that isn't an error of OAuth2: check the token URL. Check the Secret that the provider refers to; a corrected key is picked up by itself.",
    ),
    'status 403': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 403 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    'status 404': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 404 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    'status 409': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 409 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    'status 422': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 422 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      "Klustr issueToken, OAuth2 client at http://emulator: status 429 with a body that isn't an error of OAuth2. It is tried again after the pause.",
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      "Klustr issueToken, OAuth2 client at http://emulator: status 429 with a body that isn't an error of OAuth2. It is tried again after the pause.",
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: status 500: RuntimeException. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 503 with a body that isn't an error of OAuth2. It is tried again.",
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: status 302 is a redirect, and redirects are not followed: check the token URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 404 with a body that isn't an error of OAuth2: check the token URL. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "Klustr issueToken, OAuth2 client at http://emulator: status 502 with a body that isn't an error of OAuth2. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: POST http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: POST http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: the answer (status 200) isn\'t what OAuth2 promises: "response" content-type must be application/json; check the token URL. It is tried again.',
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: the answer (status 200) isn\'t what OAuth2 promises: "response" content-type must be application/json; check the token URL. It is tried again.',
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: the answer (status 200) isn\'t what OAuth2 promises: failed to parse "response" body as JSON; check the token URL. It is tried again.',
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      'Klustr issueToken, OAuth2 client at http://emulator: the answer (status 200) isn\'t what OAuth2 promises: "response" body "access_token" property must be a string; check the token URL. It is tried again.',
    ),
  },
  shortenedList: waits(
    'ProviderConflict',
    'Klustr createOrgRole, role conformance.role-0001 of organization conformance.test: it exists already. It is read again.',
  ),
};

const tokenOperation = 'issueToken';
runProviderFaults({ name: 'klustr as documented', start: () => startKlustr('documented'), tokenOperation }, expected);
runProviderFaults({ name: 'klustr as in the public source', start: () => startKlustr('source'), tokenOperation }, expected);
