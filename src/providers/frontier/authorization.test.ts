import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ProviderError } from '../../model/index.ts';
import { Authorization, isToken, lifetimeOf } from './authorization.ts';

const user = { clientID: 'the-client', clientSecret: 'the-secret' };
const basic = `Basic ${btoa('the-client:the-secret')}`;
const { signal } = new AbortController();

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${encoded({ alg: 'none' })}.${encoded(claims)}.sig`;

let clock: VirtualClock;
let issued: string[];
let issue: () => Promise<string>;
let authorization: Authorization;

beforeEach(() => {
  clock = new VirtualClock();
  issued = [];
  issue = async () => `token-${issued.length}`;
  authorization = new Authorization({
    user,
    clock,
    lifetimeMs: 3_600_000,
    issue: (header) => {
      issued.push(header);
      return issue();
    },
  });
});

const refused = (operation: string, status: number, code?: string): ProviderError =>
  new ProviderError(status === 401 ? 'unauthorized' : 'transient', 'words', { operation, status, ...(code === undefined ? {} : { code }) });
const used = (): Promise<string> => authorization.use(async (header) => header, signal);

describe('a call', () => {
  it('carries a token that was got with the secret in a header, once for many', async () => {
    expect(await Promise.all([used(), used()])).toEqual(['Bearer token-1', 'Bearer token-1']);
    expect(issued).toEqual([basic]);
    expect(authorization.secrets).toEqual(['the-client:the-secret', 'the-secret', 'the-client', 'token-1']);
  });

  it('carries a new token before the old one has ended, by the setting where the token does not say', async () => {
    await used();
    await clock.advance(3_600_000 - 30_001);
    expect(await used()).toBe('Bearer token-1');
    await clock.advance(1);
    expect(await used()).toBe('Bearer token-2');
  });

  it('is made once more with a new token where that was refused, and not a third time', async () => {
    const headers: string[] = [];
    const call = authorization.use((header) => {
      headers.push(header);
      return Promise.reject(refused('ListPermissions', 401));
    }, signal);

    await expect(call).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(headers).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('is not made for a signal that has aborted', async () => {
    const reason = new Error('too late');

    await expect(authorization.use(async () => 1, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(issued).toEqual([]);
  });
});

describe('a server that fails to issue tokens', () => {
  it('gets the secret itself, for ten minutes, and a refusal of that is the end', async () => {
    issue = () => Promise.reject(refused('AuthToken', 500, 'internal'));
    expect(await used()).toBe(basic);
    await clock.advance(599_999);
    expect(await used()).toBe(basic);
    expect(issued).toHaveLength(1);
    let sent = 0;
    const call = authorization.use(() => {
      sent += 1;
      return Promise.reject(refused('ListPermissions', 401));
    }, signal);
    await expect(call).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(sent).toBe(1);

    issue = async () => 'token';
    await clock.advance(1);
    expect(await used()).toBe('Bearer token');
  });

  it('gets the secret also where it took a token once and refuses that one now', async () => {
    await used();
    issue = () => Promise.reject(refused('AuthToken', 500, 'internal'));
    const headers: string[] = [];

    await authorization.use(async (header) => {
      headers.push(header);
      if (header.startsWith('Bearer')) throw refused('UpdateOrganizationRole', 401, 'unauthenticated');
    }, signal);

    expect(headers).toEqual(['Bearer token-1', basic]);
  });

  it.each([
    { reason: 'a proxy', error: refused('AuthToken', 500) },
    { reason: 'a wrong secret', error: refused('AuthToken', 401, 'unauthenticated') },
    { reason: 'an overloaded server', error: refused('AuthToken', 503, 'unavailable') },
    { reason: 'a bug', error: new Error('bug') },
  ])('is not seen in $reason', async ({ error }) => {
    issue = () => Promise.reject(error);

    await expect(used()).rejects.toBe(error);
  });
});

describe('how long a token lives', () => {
  it('is what it says, from its issue on where it says that, so that clocks need not agree', () => {
    expect(lifetimeOf(jwt({ exp: 1100, iat: 1000 }), 0)).toBe(100_000);
    expect(lifetimeOf(jwt({ exp: 1100 }), 1_000_000)).toBe(100_000);
  });

  it.each([
    { reason: 'no end', token: jwt({ iat: 1000 }) },
    { reason: 'an end that is no number', token: jwt({ exp: '1100' }) },
    { reason: 'an end that has passed', token: jwt({ exp: 10 }) },
    { reason: 'claims that are no object', token: jwt('"x"') },
    { reason: 'claims that are nothing', token: jwt('null') },
    { reason: 'no claims', token: 'opaque' },
    { reason: 'broken claims', token: 'a.!!!.c' },
  ])('is not known of a token with $reason', ({ token }) => {
    expect(lifetimeOf(token, 1_000_000)).toBeUndefined();
  });
});

describe('isToken', () => {
  it('takes what a header can carry', () => {
    expect(isToken('eyJ.a-b_c')).toBe(true);
    expect([isToken(''), isToken('a b'), isToken('a\r\nb'), isToken('ü')]).toEqual([false, false, false, false]);
  });
});
