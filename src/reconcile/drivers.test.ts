import { expect, it } from 'vitest';
import type { ProviderDriver } from '../providers/contract.ts';
import { DriverSet } from './drivers.ts';
import type { ProviderObject } from './keys.ts';

const driver = (type: string): ProviderDriver =>
  ({ type, account: (settings: unknown) => (settings as { at: string }).at }) as unknown as ProviderDriver;
const object = (spec: object): ProviderObject => ({ spec }) as unknown as ProviderObject;
const drivers = new DriverSet([driver('two'), driver('one')]);

it('knows its types in order', () => {
  expect(drivers.types).toEqual(['one', 'two']);
});

it.each([
  { reason: 'the block that is set', spec: { interval: '10m', one: { at: 'x' } }, type: 'one', account: 'one|x' },
  {
    reason: 'the block beside everything that all providers have',
    spec: { interval: '1m', timeout: '1s', rateLimit: {}, guardrails: {}, grants: [], allowedNamespaces: {}, two: { at: 'y' } },
    type: 'two',
    account: 'two|y',
  },
  { reason: 'a block that is left out is not set', spec: { one: undefined, two: { at: 'y' } }, type: 'two', account: 'two|y' },
  { reason: 'a block without a driver', spec: { three: { at: 'z' } }, type: 'three', account: undefined },
])('$reason', ({ spec, type, account }) => {
  const block = drivers.blockOf(object(spec));
  expect(block).toMatchObject({ type, settings: (spec as Record<string, unknown>)[type] });
  expect(block?.account).toBe(account);
  expect(block?.driver === undefined).toBe(account === undefined);
});

it('finds none where none is set', () => {
  expect(drivers.blockOf(object({ interval: '10m' }))).toBeUndefined();
});

it('keeps accounts of two kinds apart although their drivers call them the same', () => {
  const accounts = ['one', 'two'].map((type) => drivers.blockOf(object({ [type]: { at: 'x' } }))?.account);
  expect(new Set(accounts).size).toBe(2);
});
