import { describe, expect, it } from 'vitest';
import { FaultBook, type FaultRule, readFaultRules } from './faults.ts';
import { SeedError } from './seed-reader.ts';
import type { EmulatedOperation } from './types.ts';

const operation: EmulatedOperation = { operationId: 'listThings', method: 'GET', path: '/things', handle: () => ({ status: 200 }) };

function hits(rule: FaultRule, requests = 5): number {
  const book = new FaultBook();
  book.add([rule]);
  return Array.from({ length: requests }, () => book.take(operation, 'GET', '/things')).filter((hit) => hit !== undefined).length;
}

describe('FaultBook', () => {
  const cases: readonly { reason: string; rule: FaultRule; count: number }[] = [
    { reason: 'a rule hits once unless it says more', rule: { kind: 'cut' }, count: 1 },
    { reason: 'a rule hits as often as it says', rule: { kind: 'cut', times: 3 }, count: 3 },
    { reason: '0 means always', rule: { kind: 'cut', times: 0 }, count: 5 },
    { reason: 'the first ones can be let pass', rule: { kind: 'cut', times: 0, skip: 2 }, count: 3 },
    { reason: 'by operation', rule: { kind: 'cut', operationId: 'listThings' }, count: 1 },
    { reason: 'by one of several operations', rule: { kind: 'cut', operationId: ['x', 'listThings'] }, count: 1 },
    { reason: 'another operation is spared', rule: { kind: 'cut', operationId: 'x' }, count: 0 },
    { reason: 'another method is spared', rule: { kind: 'cut', method: 'PUT' }, count: 0 },
    { reason: 'by path', rule: { kind: 'cut', path: '/th*s' }, count: 1 },
    { reason: 'a path is no pattern but for its star', rule: { kind: 'cut', path: '/.*' }, count: 0 },
  ];
  it.each(cases)('$reason', ({ rule, count }) => {
    expect(hits(rule)).toBe(count);
  });

  it('asks older rules first and forgets those that are used up', () => {
    const book = new FaultBook();
    book.add([{ kind: 'cut' }, { kind: 'hang', times: 0 }]);

    expect(book.take(operation, 'GET', '/things')?.kind).toBe('cut');
    expect(book.take(operation, 'GET', '/things')?.kind).toBe('hang');
    expect(book.rules).toHaveLength(1);
    book.clear();
    expect(book.take(operation, 'GET', '/things')).toBeUndefined();
  });
});

describe('readFaultRules', () => {
  it('reads one rule or a list', () => {
    expect(readFaultRules({ kind: 'status', status: 503, method: 'get' })).toEqual([
      { kind: 'status', status: 503, method: 'GET', carryOut: false },
    ]);
    expect(readFaultRules([{ kind: 'cut' }, { kind: 'act', action: 'deleteRole', args: {} }])).toHaveLength(2);
  });

  it.each([
    { kind: 'explode' },
    { status: 500 },
    { kind: 'cut', operation: 'x' },
    { kind: 'cut', times: 'often' },
    { kind: 'act' },
    7,
    [7],
  ])('refuses %j', (value) => {
    expect(() => readFaultRules(value)).toThrow(SeedError);
  });
});
