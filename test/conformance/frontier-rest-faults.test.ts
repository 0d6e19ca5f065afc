import { type FaultExpectations, runProviderFaults, stalls, waits } from './faults-suite.ts';
import { startFrontier } from './frontier-fixture.ts';

const expected: FaultExpectations = {
  read: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Frontier AuthToken, token of the service user: status 401: unauthenticated: not authenticated. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 400: invalid_argument: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 403: permission_denied: Injected fault; Frontier says the same of an organization that doesn't exist, to everybody. Give the credentials the right at the provider.",
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404: not_found: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 409: already_exists: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 422: internal: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 500: internal: Injected fault. It is tried again.',
    ),
    'status 503': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 503: unavailable: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404 with a body that isn't an error of the API: check the base URL; where that is right, the server has no such call: transport is REST for servers up to v0.90 and Connect for newer ones. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: GET http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: GET http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: GET http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "Frontier ListOrganizationRoles, organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: Role.permissions is missing. It is tried again.",
    ),
  },
  update: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Frontier AuthToken, token of the service user: status 401: unauthenticated: not authenticated. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 400: invalid_argument: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 403: permission_denied: Injected fault; Frontier says the same of an organization that doesn't exist, to everybody. Give the credentials the right at the provider.",
    ),
    'status 404': waits(
      'ProviderConflict',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404: not_found: Injected fault. It is read again.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 409: already_exists: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 422: internal: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 500: internal: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 503: unavailable: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404 with a body that isn't an error of the API: check the base URL; where that is right, the server has no such call: transport is REST for servers up to v0.90 and Connect for newer ones. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: PUT http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: PUT http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: PUT http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "Frontier UpdateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: role is missing. The write is repeated.",
    ),
  },
  create: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Frontier AuthToken, token of the service user: status 401: unauthenticated: not authenticated. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': stalls(
      'ProviderRefused',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 400: invalid_argument: You sent [redacted] and [redacted] to us. Correct the spec as the message says.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 403: permission_denied: Injected fault; Frontier says the same of an organization that doesn't exist, to everybody. Give the credentials the right at the provider.",
    ),
    'status 404': stalls(
      'OrganizationNotFound',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404: not_found: Injected fault. Check spec.organization and that the credentials belong to the environment that has it.',
    ),
    'status 409': waits(
      'ProviderConflict',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 409: already_exists: Injected fault. It is read again.',
    ),
    'status 422': stalls(
      'ProviderRefused',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 422: internal: Injected fault. Correct the spec as the message says.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 500': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 500: internal: Injected fault. The write is repeated.',
    ),
    'status 503': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 503: unavailable: Injected fault. The write is repeated.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 404 with a body that isn't an error of the API: check the base URL; where that is right, the server has no such call: transport is REST for servers up to v0.90 and Connect for newer ones. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'WriteUnconfirmed',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: status 502 with a body that isn't an error of the API. The write is repeated.",
    ),
    'slow: no answer within the timeout': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: POST http://emulator: no complete answer within 10000 ms. The write is repeated.',
    ),
    'cut before an answer': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut after it was carried out': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: POST http://emulator: the connection failed before an answer came: other side closed. The write is repeated.',
    ),
    'cut in the middle of the answer': waits(
      'WriteUnconfirmed',
      'Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: POST http://emulator: the connection failed while the answer (status 200) was read: other side closed. The write is repeated.',
    ),
    'an empty answer': waits(
      'WriteUnconfirmed',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is empty. The write is repeated.",
    ),
    'a page instead of JSON': waits(
      'WriteUnconfirmed',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. The write is repeated.",
    ),
    'broken JSON': waits(
      'WriteUnconfirmed',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: the body is not valid JSON. The write is repeated.",
    ),
    'JSON of another shape': waits(
      'WriteUnconfirmed',
      "Frontier CreateOrganizationRole, role conformance_role-0002 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: the answer (status 200) isn't what the API promises: role is missing. The write is repeated.",
    ),
  },
  token: {
    'credentials expire in mid-run': waits(
      'CredentialsInvalid',
      'Frontier AuthToken, token of the service user: status 401: unauthenticated: not authenticated. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 400 that repeats the credentials': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 400: invalid_argument: You sent [redacted] and [redacted] to us. It is tried again.',
    ),
    'status 401': waits(
      'CredentialsInvalid',
      'Frontier AuthToken, token of the service user: status 401: unauthenticated: Injected fault. Check the Secret that the provider refers to; a corrected key is picked up by itself.',
    ),
    'status 403': stalls(
      'Forbidden',
      'Frontier AuthToken, token of the service user: status 403: permission_denied: Injected fault. Give the credentials the right at the provider.',
    ),
    'status 404': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 404: not_found: Injected fault. It is tried again.',
    ),
    'status 409': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 409: already_exists: Injected fault. It is tried again.',
    ),
    'status 422': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 422: internal: Injected fault. It is tried again.',
    ),
    'status 429 with Retry-After': waits(
      'RateLimited',
      'Frontier AuthToken, token of the service user: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 429 without Retry-After': waits(
      'RateLimited',
      'Frontier AuthToken, token of the service user: status 429: internal: Injected fault. It is tried again after the pause.',
    ),
    'status 500': 'survived',
    'status 503': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 503: unavailable: Injected fault. It is tried again.',
    ),
    'redirect to another place': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: status 302 is a redirect, and redirects are not followed: check the base URL. It is tried again.',
    ),
    '404 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: status 404 with a body that isn't an error of the API: check the base URL; where that is right, the server has no such call: transport is REST for servers up to v0.90 and Connect for newer ones. It is tried again.",
    ),
    '502 page of a proxy': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: status 502 with a body that isn't an error of the API. It is tried again.",
    ),
    'slow: no answer within the timeout': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: POST http://emulator: no complete answer within 10000 ms. It is tried again.',
    ),
    'cut before an answer': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut after it was carried out': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: POST http://emulator: the connection failed before an answer came: other side closed. It is tried again.',
    ),
    'cut in the middle of the answer': waits(
      'ProviderUnavailable',
      'Frontier AuthToken, token of the service user: POST http://emulator: the connection failed while the answer (status 200) was read: other side closed. It is tried again.',
    ),
    'an empty answer': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: the answer (status 200) isn't what the API promises: the body is empty. It is tried again.",
    ),
    'a page instead of JSON': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: the answer (status 200) isn't what the API promises: the body is not JSON; check the base URL. It is tried again.",
    ),
    'broken JSON': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: the answer (status 200) isn't what the API promises: the body is not valid JSON. It is tried again.",
    ),
    'JSON of another shape': waits(
      'ProviderUnavailable',
      "Frontier AuthToken, token of the service user: the answer (status 200) isn't what the API promises: token_type is not Bearer. It is tried again.",
    ),
  },
  shortenedList: waits(
    'ProviderConflict',
    'Frontier CreateOrganizationRole, role conformance_role-0001 of organization c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01: it exists already. It is read again.',
  ),
};

runProviderFaults({ name: 'frontier v0.90 over REST', start: () => startFrontier('v0.90', 'REST'), tokenOperation: 'AuthToken' }, expected);
