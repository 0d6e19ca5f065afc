import { expect, it } from 'vitest';
import { bindingFigures, type MeasuredBindings } from './binding-scenario.ts';
import type { ProviderCall } from './call-log.ts';
import type { Binding } from './measure-bindings.ts';

function calls(...operations: readonly string[]): readonly ProviderCall[] {
  return operations.map((operation) => ({ operation, method: 'GET', target: '/', body: '', status: 200 }));
}

function bound(seconds: number, own: Partial<Binding> = {}): Binding {
  return {
    seconds,
    calls: calls('list', 'update'),
    before: { organizations: [] },
    writes: { bindingStatuses: 2, roleStatuses: 1, all: 4 },
    peakMB: 100,
    cpuSeconds: 4,
    ...own,
  };
}

const measured: MeasuredBindings = {
  bindings: [bound(10), bound(12), bound(20)],
  bare: [5, 4, 10].map((seconds) => ({ seconds, calls: 2 })),
  looks: [{ seconds: 1, calls: calls('list'), writes: 0, peakMB: 90 }],
  wideSeconds: 3,
  changes: [
    { kind: 'fewer', seconds: 0.2, calls: calls('list', 'update') },
    { kind: 'more', seconds: 0.4, calls: calls('list', 'list', 'update') },
  ],
};

function figureNamed(of: MeasuredBindings, part: string) {
  const found = bindingFigures(2_000, of).filter(({ name }) => name.includes(part));
  expect(found, part).toHaveLength(1);
  return found[0];
}

it('compares each run with the calls by hand that came right after it', () => {
  expect(figureNamed(measured, 'ratio')).toMatchObject({ value: 2, runs: [2, 3, 2], unit: '×' });
  expect(figureNamed(measured, 'from the first manifest')).toMatchObject({ value: 12, size: 2_000 });
});

it('counts an operation as 0 in a run that did without it', () => {
  const uneven = { ...measured, bindings: [bound(1, { calls: calls('update') }), bound(1, { calls: calls('list', 'list') })] };
  expect(figureNamed(uneven, 'all Ready: calls of list')).toMatchObject({ runs: [0, 2], value: 1 });
});

it('gives CPU for a thousand subjects', () => {
  expect(figureNamed(measured, 'CPU per 1,000')).toMatchObject({ value: 2, unit: 's' });
});

it('tells a subject more from a subject fewer, in milliseconds', () => {
  expect(figureNamed(measured, 'one subject more, until')).toMatchObject({ value: 400, unit: 'ms' });
  expect(figureNamed(measured, 'one subject fewer, until')).toMatchObject({ value: 200, unit: 'ms' });
  expect(figureNamed(measured, 'one subject more: calls of list')).toMatchObject({ value: 2 });
});

it('has no figure of what the system does not tell', () => {
  const blind = { ...measured, bindings: [bound(1, { peakMB: undefined })], bare: [{ seconds: 1, calls: 1 }], looks: [] };
  expect(bindingFigures(2_000, blind).filter(({ unit }) => unit === 'MB')).toEqual([]);
});
