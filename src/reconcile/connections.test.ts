import { beforeEach, describe, expect, it } from 'vitest';
import { type Connection, ConnectionRegistry, type ProviderState } from './connections.ts';

const connection = {} as Connection;
const ready: ProviderState = { state: 'ready', connection };
const notReady: ProviderState = { state: 'notReady', reason: 'Unreachable', message: 'It is away.', lost: false };
let registry: ConnectionRegistry;
let told: string[];

beforeEach(() => {
  registry = new ConnectionRegistry();
  told = [];
  registry.onChange((key) => told.push(key));
});

describe('ConnectionRegistry', () => {
  it('knows nothing of a provider that nobody has looked at', () => {
    expect(registry.get('a')).toEqual({ state: 'pending' });
  });

  it.each([
    { reason: 'it became ready', before: notReady, after: ready, is: true },
    { reason: 'it stopped being ready', before: ready, after: notReady, is: true },
    { reason: 'it has another connection', before: ready, after: { state: 'ready', connection: {} as Connection }, is: true },
    { reason: 'it is not ready for another reason', before: notReady, after: { ...notReady, reason: 'SecretNotFound' }, is: true },
    { reason: 'it is lost now', before: notReady, after: { ...notReady, lost: true }, is: true },
    { reason: 'it leads to another account', before: notReady, after: { ...notReady, account: 'x' }, is: true },
    { reason: 'only the words differ', before: notReady, after: { ...notReady, message: 'It is still away.' }, is: false },
    { reason: 'nothing differs', before: ready, after: { ...ready }, is: false },
  ] satisfies readonly { reason: string; before: ProviderState; after: ProviderState; is: boolean }[])(
    'tells its users, or not, when $reason',
    ({ before, after, is }) => {
      registry.set('a', before);
      told.length = 0;
      registry.set('a', after);
      expect(told).toEqual(is ? ['a'] : []);
      expect(registry.get('a')).toBe(after);
    },
  );

  it('tells the users of a provider that is gone, once', () => {
    registry.set('a', ready);
    told.length = 0;
    registry.delete('a');
    registry.delete('a');
    expect(told).toEqual(['a']);
    expect(registry.get('a').state).toBe('pending');
  });

  it('passes a suspicion on to everybody who wants to hear of it', () => {
    const heard: string[] = [];
    registry.onSuspicion((key) => heard.push(`1 ${key}`));
    registry.onSuspicion((key) => heard.push(`2 ${key}`));
    registry.suspect('a');
    expect(heard).toEqual(['1 a', '2 a']);
    expect(told).toEqual([]);
  });
});
