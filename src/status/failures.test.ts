import { describe, expect, it } from 'vitest';
import { eventReasons, reasons } from '../api/index.ts';
import { ProviderError, type ProviderErrorDetails, type ProviderErrorKind } from '../model/index.ts';
import { failureEvents, failureMessage, failureRule, grantFailureMessage } from './index.ts';

const failed = (kind: ProviderErrorKind, details: Partial<ProviderErrorDetails> = {}, message = 'PUT role answered 500'): ProviderError =>
  new ProviderError(kind, message, { operation: 'updateRole', ...details });

/** Every kind of failure: what people see, whether only they can mend it, and whether the provider itself is under suspicion. */
const table: readonly {
  kind: ProviderErrorKind;
  details?: Partial<ProviderErrorDetails>;
  reason: string;
  terminal: boolean;
  suspects: boolean;
}[] = [
  { kind: 'invalid', reason: reasons.ProviderRefused, terminal: true, suspects: false },
  { kind: 'unauthorized', reason: reasons.CredentialsInvalid, terminal: false, suspects: true },
  { kind: 'forbidden', reason: reasons.Forbidden, terminal: true, suspects: false },
  { kind: 'notFound', reason: reasons.ProviderConflict, terminal: false, suspects: false },
  { kind: 'conflict', reason: reasons.ProviderConflict, terminal: false, suspects: false },
  { kind: 'inUse', reason: reasons.RoleInUse, terminal: false, suspects: false },
  { kind: 'rateLimited', reason: reasons.RateLimited, terminal: false, suspects: false },
  { kind: 'transient', reason: reasons.ProviderUnavailable, terminal: false, suspects: true },
  { kind: 'unsupported', reason: reasons.Unsupported, terminal: true, suspects: false },
  { kind: 'notFound', details: { missing: 'organization' }, reason: reasons.OrganizationNotFound, terminal: true, suspects: false },
  { kind: 'invalid', details: { missing: 'permission' }, reason: reasons.PermissionNotFound, terminal: true, suspects: false },
  { kind: 'notFound', details: { missing: 'role' }, reason: reasons.ProviderConflict, terminal: false, suspects: false },
  { kind: 'transient', details: { ambiguous: true }, reason: reasons.WriteUnconfirmed, terminal: false, suspects: true },
  { kind: 'rateLimited', details: { ambiguous: true }, reason: reasons.WriteUnconfirmed, terminal: false, suspects: true },
  { kind: 'transient', details: { ambiguous: false }, reason: reasons.ProviderUnavailable, terminal: false, suspects: true },
];

describe('failureRule', () => {
  it.each(table)('$kind $details is $reason', ({ kind, details, reason, terminal, suspects }) => {
    const rule = failureRule(failed(kind, details));
    expect(rule).toMatchObject({ reason, terminal, suspectsProvider: suspects });
    expect(Object.values(reasons)).toContain(rule.reason);
    expect(rule.advice).toMatch(/^[A-Z].*\.$/);
  });

  it('covers every kind', () => {
    const kinds: Readonly<Record<ProviderErrorKind, true>> = {
      invalid: true,
      unauthorized: true,
      forbidden: true,
      notFound: true,
      conflict: true,
      inUse: true,
      rateLimited: true,
      transient: true,
      unsupported: true,
    };
    expect(new Set(table.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
  });
});

describe('failureMessage', () => {
  it('says what failed and then what to do', () => {
    const message = failureMessage(failed('forbidden', {}, 'PUT role answered 403 '));
    expect(message).toBe('PUT role answered 403. Give the credentials the right at the provider.');
  });

  it.each(['It failed.', 'It failed!', 'Did it fail?'])('adds no full stop to %s', (text) => {
    expect(failureMessage(failed('transient', {}, text))).toBe(`${text} It is tried again.`);
  });

  it.each([
    { holders: 1, says: '1 member holds it.' },
    { holders: 3, says: '3 members hold it.' },
    { holders: 0, says: '0 members hold it.' },
  ])('counts who holds a role: $says', ({ holders, says }) => {
    expect(failureMessage(failed('inUse', { holders }))).toContain(says);
  });

  it('tells how to leave a role that is held', () => {
    expect(failureMessage(failed('inUse'))).toContain('rolekeeper.dev/force-delete=true');
  });

  it('is the same for the same failure, whatever the pause or the request was', () => {
    const first = failureMessage(failed('rateLimited', { retryAfterMs: 1_000, requestID: 'req_1', status: 429 }));
    expect(failureMessage(failed('rateLimited', { retryAfterMs: 9_000, requestID: 'req_2', status: 429 }))).toBe(first);
  });
});

describe('grantFailureMessage', () => {
  it.each([
    { missing: 'organization', says: 'Check the organization of spec.roleRef' },
    { missing: 'role', says: 'correct spec.roleRef' },
    { missing: 'subject', says: 'Correct the subject' },
  ] as const)('says what mends a grant whose $missing is missing', ({ missing, says }) => {
    expect(grantFailureMessage(failed('notFound', { missing }, 'It failed'))).toMatch(new RegExp(`^It failed\\. .*${says}`));
  });

  it('says the same as for a role where nothing is missing', () => {
    const error = failed('forbidden');
    expect(grantFailureMessage(error)).toBe(failureMessage(error));
  });
});

it('has an Event for a failure of each step', () => {
  for (const reason of Object.values(failureEvents)) expect(Object.values(eventReasons)).toContain(reason);
});
