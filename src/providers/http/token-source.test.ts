import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ProviderError } from '../../model/index.ts';
import { TokenSource } from './token-source.ts';

const { signal } = new AbortController();
let clock: VirtualClock;
let asked: number;
let tokens: TokenSource;

beforeEach(() => {
  clock = new VirtualClock();
  asked = 0;
  tokens = new TokenSource({
    clock,
    provider: 'Acme',
    operation: 'issueToken',
    request: async () => {
      asked += 1;
      return { value: `token-${asked}`, lifetimeMs: 900_000 };
    },
  });
});

function refusal(status: number): ProviderError {
  return new ProviderError('unauthorized', 'refused', { operation: 'op', status });
}

describe('renew', () => {
  it('asks for a token although one is kept, and keeps the new one', async () => {
    await tokens.get(signal);

    expect(await tokens.renew(signal)).toBe('token-2');
    expect(await tokens.get(signal)).toBe('token-2');
    expect(tokens.issued).toEqual(['token-2', 'token-1']);
  });

  it('remembers what was issued long before, since a server may still repeat it', async () => {
    await tokens.get(signal);
    for (let time = 0; time < 200; time += 1) await tokens.renew(signal);

    expect(tokens.issued.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => `token-${201 - index}`));
    expect(tokens.issued.length).toBeLessThan(100);
  });

  it('is one request for callers at the same time', async () => {
    await Promise.all([tokens.renew(signal), tokens.renew(signal), tokens.get(signal)]);

    expect(asked).toBe(1);
  });
});

describe('use', () => {
  it('sends once with a token that is accepted', async () => {
    expect(await tokens.use(async (token) => `sent with ${token}`, signal)).toBe('sent with token-1');
  });

  it('sends once more with a new token when one was refused', async () => {
    const sent: string[] = [];
    const send = async (token: string): Promise<string> => {
      sent.push(token);
      if (token === 'token-1') throw refusal(401);
      return 'done';
    };

    expect(await tokens.use(send, signal)).toBe('done');
    expect(sent).toEqual(['token-1', 'token-2']);
  });

  it('sends no third time', async () => {
    const sent: string[] = [];
    const last = refusal(401);
    const send = async (token: string): Promise<never> => {
      sent.push(token);
      throw sent.length === 2 ? last : refusal(401);
    };

    await expect(tokens.use(send, signal)).rejects.toBe(last);
    expect(sent).toHaveLength(2);
  });

  it.each([
    { reason: 'another failure', error: new ProviderError('transient', 'x', { operation: 'op', status: 500 }) },
    { reason: 'a refusal of something else than the token', error: refusal(403) },
    { reason: 'no failure of the provider at all', error: new Error('x') },
  ])('sends nothing again after $reason', async ({ error }) => {
    let sent = 0;
    const send = async (): Promise<never> => {
      sent += 1;
      throw error;
    };

    await expect(tokens.use(send, signal)).rejects.toBe(error);
    expect([sent, asked]).toEqual([1, 1]);
  });
});
