import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../model/index.ts';
import { ruleFor } from '../http/index.ts';
import { lacksCall, readConnectFailure, readRestFailure, rules, withHint } from './failures.ts';

const connect = (code: string, message = '') => readConnectFailure({ code, message });

describe('what an answer means', () => {
  const update = 'UpdateOrganizationRole';
  const remove = 'DeleteOrganizationRole';
  const cases: readonly { reason: string; operation?: string; status: number; body: unknown; kind: string; untouched?: true }[] = [
    { reason: 'a refused input', status: 400, body: connect('invalid_argument'), kind: 'invalid' },
    {
      reason: 'a role in use',
      operation: remove,
      status: 400,
      body: connect('failed_precondition', 'role is in use by one or more policies'),
      kind: 'inUse',
    },
    { reason: 'another precondition', status: 400, body: connect('failed_precondition', 'org is disabled'), kind: 'conflict' },
    { reason: 'a missing role', status: 404, body: connect('not_found', 'not found'), kind: 'notFound' },
    {
      reason: 'a missing role over REST',
      status: 404,
      body: readRestFailure({ code: 5, message: "role doesn't exist", details: [] }),
      kind: 'notFound',
    },
    {
      reason: 'a missing path over REST',
      status: 404,
      body: readRestFailure({ code: 5, message: 'Not Found', details: [] }),
      kind: 'transient',
    },
    { reason: 'a missing call over Connect', status: 404, body: undefined, kind: 'transient' },
    { reason: 'a taken name', status: 409, body: connect('already_exists'), kind: 'conflict' },
    { reason: 'a failure', status: 500, body: connect('internal'), kind: 'transient' },
    {
      reason: 'what is for superusers only',
      status: 503,
      body: connect('unavailable', 'function not available at the moment'),
      kind: 'forbidden',
      untouched: true,
    },
    { reason: 'a server that is away', status: 503, body: connect('unavailable', 'upstream'), kind: 'transient' },
    { reason: 'no such operation', status: 501, body: connect('unimplemented'), kind: 'unsupported', untouched: true },
    { reason: 'no right', status: 403, body: connect('permission_denied'), kind: 'forbidden' },
    { reason: 'a refusal of a proxy', status: 403, body: undefined, kind: 'transient' },
  ];
  it.each(cases)('is told of $reason', ({ operation = update, status, body, kind, untouched }) => {
    const rule = ruleFor({ operation, status, failure: body as ReturnType<typeof readRestFailure>, body: undefined }, rules);

    expect(rule.kind).toBe(kind);
    expect(rule.untouched).toBe(untouched);
  });
});

describe('an error body', () => {
  it('has a number over REST and a name over Connect, and neither is taken for the other', () => {
    const ofRest = { code: 7, message: 'not authorized', details: [] };
    const ofConnect = { code: 'permission_denied', message: 'not authorized' };

    expect(readRestFailure(ofRest)).toEqual({ code: 'permission_denied', message: 'not authorized' });
    expect(readConnectFailure(ofConnect)).toEqual({ code: 'permission_denied', message: 'not authorized' });
    expect(readRestFailure(ofConnect)).toBeUndefined();
    expect(readConnectFailure(ofRest)).toBeUndefined();
  });

  it.each([undefined, null, 'text', [], {}, { code: 5 }, { code: 'no_such_code' }, { message: 'x' }])('is nothing like %j', (body) => {
    expect([readRestFailure(body), readConnectFailure(body)]).toEqual([undefined, undefined]);
  });

  it('may lack its message over Connect, and have a number that nobody knows over REST', () => {
    expect(readConnectFailure({ code: 'internal' })).toEqual({ code: 'internal' });
    expect(readRestFailure({ code: 99, message: 'x' })).toEqual({ code: '99', message: 'x' });
  });
});

describe('errors', () => {
  const error = (kind: 'transient' | 'notFound', status: number) => new ProviderError(kind, 'words', { operation: 'o', status });

  it('tell a call that the server lacks from a role that it lacks', () => {
    expect(lacksCall(error('transient', 404))).toBe(true);
    expect(lacksCall(error('notFound', 404))).toBe(false);
    expect(lacksCall(error('transient', 500))).toBe(false);
    expect(lacksCall(new Error('404'))).toBe(false);
  });

  it('get more words and lose nothing', () => {
    const hinted = withHint(error('transient', 404), 'look there');

    expect(hinted.message).toBe('words; look there');
    expect(hinted.details).toEqual({ operation: 'o', status: 404 });
  });
});
