import { expect, it } from 'vitest';
import type { ExchangeRecord } from '../src/emulators/index.ts';
import { CallLog, countByOperation, type ProviderCall } from './call-log.ts';

function exchangeOf(operationId: string | undefined, method: string, query = ''): ExchangeRecord {
  const request = { method, path: '/roles', query: new URLSearchParams(query), headers: { authorization: 'Bearer x' }, body: '' };
  return { operationId, request, response: { status: 200, headers: {}, body: '{}' }, tampered: false };
}

it('counts writes always and keeps calls only while it records', () => {
  const log = new CallLog();
  log.notice(exchangeOf('createRole', 'POST'));
  log.record();
  log.notice(exchangeOf('listRoles', 'GET', 'limit=100&after=a%20b'));
  log.notice(exchangeOf('setRole', 'PUT'));
  const calls = log.recorded();
  log.notice(exchangeOf('setRole', 'PUT'));
  expect(log.writes).toBe(3);
  expect(calls.map(({ operation, target }) => `${operation} ${target}`)).toEqual([
    'listRoles /roles?limit=100&after=a+b',
    'setRole /roles',
  ]);
  expect(JSON.stringify(calls)).not.toContain('Bearer');
  expect(log.recorded()).toEqual([]);
});

it('forgets what was recorded before', () => {
  const log = new CallLog();
  log.record();
  log.notice(exchangeOf('listRoles', 'GET'));
  log.record();
  log.notice(exchangeOf(undefined, 'GET'));
  expect(log.recorded().map(({ operation }) => operation)).toEqual(['unknown']);
});

it('counts calls by operation, in the order of their names', () => {
  const call = (operation: string): ProviderCall => ({ operation, method: 'GET', target: '/', body: '', status: 200 });
  expect([...countByOperation([call('b'), call('a'), call('b')])]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});
