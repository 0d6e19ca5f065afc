import { describe, expect, it } from 'vitest';
import type { ExchangeRecord } from '../../src/emulators/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';

const json = { 'content-type': 'application/json' };
const role = {
  object: 'role',
  id: 'role_1',
  slug: 'org-a',
  name: 'A',
  description: null,
  type: 'OrganizationRole',
  resource_type_slug: 'organization',
  permissions: [],
  created_at: '2030-01-01T00:00:00.000Z',
  updated_at: '2030-01-01T00:00:00.000Z',
};

interface Change {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly answer?: unknown;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  readonly tampered?: boolean;
}

/** A good exchange (creating a role), but for what the change says. */
function exchange(change: Change = {}): ExchangeRecord {
  const answer = 'answer' in change ? change.answer : role;
  return {
    operationId: undefined,
    request: {
      method: change.method ?? 'POST',
      path: change.path ?? '/authorization/organizations/org_1/roles',
      query: new URLSearchParams(change.query ?? ''),
      headers: change.headers ?? json,
      body: change.body ?? '{"slug":"org-a","name":"A"}',
    },
    response: {
      status: change.status ?? 201,
      headers: change.answerHeaders ?? json,
      body: answer === undefined ? '' : JSON.stringify(answer),
    },
    tampered: change.tampered ?? false,
  };
}

const list = { method: 'GET', path: '/authorization/permissions', body: '', status: 200 };
const emptyPage = { object: 'list', data: [], list_metadata: { before: null, after: null } };
const memberships = { ...list, path: '/user_management/organization_memberships', answer: emptyPage };

describe('an exchange within the contract', () => {
  const cases: readonly { reason: string; change: Change }[] = [
    { reason: 'a create', change: {} },
    { reason: 'a page with its parameters', change: { ...list, query: 'limit=100&after=perm_1&order=asc', answer: emptyPage } },
    { reason: 'a list in one parameter', change: { ...memberships, query: 'organization_id=org_1&statuses=active,pending' } },
    {
      reason: 'a deletion without a body',
      change: { method: 'DELETE', path: '/authorization/organizations/o/roles/org-a', body: '', status: 204, answer: undefined },
    },
    { reason: 'an error of the contract', change: { status: 409, answer: { message: 'taken', code: 'organization_role_slug_conflict' } } },
    { reason: 'a tampered answer', change: { status: 299, answer: 'nonsense', tampered: true } },
    {
      reason: 'a literal segment that a place would fit, too',
      change: { ...list, path: '/user_management/users/external_id/x', status: 404, answer: { message: 'no' } },
    },
  ];
  it.each(cases)('$reason', ({ change }) => {
    expect(ContractValidator.load('workos').check(exchange(change))).toEqual([]);
  });
});

describe('an exchange outside of the contract', () => {
  const cases: readonly { reason: string; change: Change; side: string; message: RegExp }[] = [
    { reason: 'another path', change: { path: '/authorization/orgs' }, side: 'request', message: /no such operation/ },
    { reason: 'another method', change: { method: 'PATCH' }, side: 'request', message: /no such operation/ },
    { reason: 'an unknown query parameter', change: { ...list, query: 'cursor=x', answer: emptyPage }, side: 'request', message: /cursor/ },
    { reason: 'too large a page', change: { ...list, query: 'limit=101', answer: emptyPage }, side: 'request', message: /limit.*<= 100/ },
    {
      reason: 'a number that is none',
      change: { ...list, query: 'limit=ten', answer: emptyPage },
      side: 'request',
      message: /limit.*integer/,
    },
    { reason: 'a parameter twice', change: { ...list, query: 'limit=1&limit=2', answer: emptyPage }, side: 'request', message: /limit/ },
    {
      reason: 'an unknown status in a list',
      change: { ...memberships, query: 'statuses=active,gone' },
      side: 'request',
      message: /statuses/,
    },
    { reason: 'no body', change: { body: '' }, side: 'request', message: /body is missing/ },
    { reason: 'a body where there is none', change: { ...list, body: '{}', answer: emptyPage }, side: 'request', message: /a body/ },
    { reason: 'a body that is not JSON', change: { body: '{' }, side: 'request', message: /can not be read/ },
    { reason: 'a body of another type', change: { headers: { 'content-type': 'text/plain' } }, side: 'request', message: /text\/plain/ },
    { reason: 'a required field missing', change: { body: '{"slug":"org-a"}' }, side: 'request', message: /name/ },
    { reason: 'a slug against its pattern', change: { body: '{"slug":"A","name":"A"}' }, side: 'request', message: /pattern/ },
    { reason: 'an undocumented status', change: { status: 418, answer: { message: 'tea' } }, side: 'response', message: /418/ },
    {
      reason: 'an answer without a field',
      change: { answer: { ...role, permissions: undefined } },
      side: 'response',
      message: /permissions/,
    },
    {
      reason: 'an answer with another type',
      change: { answer: { ...role, created_at: 'yesterday' } },
      side: 'response',
      message: /date-time/,
    },
    { reason: 'an error without a message', change: { status: 409, answer: { code: 'x' } }, side: 'response', message: /message/ },
    {
      reason: 'an answer that is not JSON',
      change: { answerHeaders: { 'content-type': 'text/html' } },
      side: 'response',
      message: /text\/html/,
    },
    {
      reason: 'a body after a deletion',
      change: { method: 'DELETE', path: '/authorization/organizations/o/roles/org-a', body: '', status: 204, answer: {} },
      side: 'response',
      message: /has a body/,
    },
    { reason: 'a bad request with a tampered answer', change: { body: '{}', tampered: true }, side: 'request', message: /name/ },
  ];
  it.each(cases)('$reason', ({ change, side, message }) => {
    const violations = ContractValidator.load('workos').check(exchange(change));

    expect(violations.map((violation) => violation.side)).toEqual([side]);
    expect(violations[0]?.message).toMatch(message);
  });

  it('fails the test that asserts there is none', () => {
    const validator = ContractValidator.load('workos');
    validator.onExchange(exchange());
    expect(() => validator.assertNone()).not.toThrow();

    validator.onExchange(exchange({ body: '' }));
    expect(() => validator.assertNone()).toThrow(/1 violations[\s\S]*body is missing/);
    expect(validator.checked).toBe(2);
  });
});

describe('every contract', () => {
  it.each(['workos', 'karmo', 'klustr', 'jitsudo', 'frontier-rest', 'frontier-connect'])('%s can be checked against', (name) => {
    const unknown = exchange({ path: '/no/such/path' });

    expect(ContractValidator.load(name).check(unknown)).toHaveLength(1);
  });
});
