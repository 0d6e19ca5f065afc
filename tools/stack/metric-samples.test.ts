import { describe, expect, it } from 'vitest';
import { parseMetrics, sumOf } from './metric-samples.ts';

const text = `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{operation="list",code="200"} 3
calls_total{operation="list",code="500"} 1
calls_total{operation="set",code="200"} 2
leader 1
odd{path="a\\"b\\\\c",more="x,y=\\"z\\""} +Inf
tiny 1.5e-7 1700000000000
`;

describe('parseMetrics', () => {
  const samples = parseMetrics(text);

  it('reads names, labels and values', () => {
    expect(samples).toHaveLength(6);
    expect(samples[0]).toEqual({ name: 'calls_total', labels: { operation: 'list', code: '200' }, value: 3 });
    expect(samples.find(({ name }) => name === 'leader')).toEqual({ name: 'leader', labels: {}, value: 1 });
  });

  it('reads what is escaped, values without end, and times of samples', () => {
    expect(samples.find(({ name }) => name === 'odd')).toEqual({
      name: 'odd',
      labels: { path: 'a"b\\c', more: 'x,y="z"' },
      value: Number.POSITIVE_INFINITY,
    });
    expect(sumOf(samples, 'tiny')).toBe(1.5e-7);
  });

  it('refuses what is no sample: half an answer must not look like fewer metrics', () => {
    expect(() => parseMetrics('<html>')).toThrow(/<html>/);
  });
});

describe('sumOf', () => {
  const samples = parseMetrics(text);

  it.each<{ reason: string; labels: Record<string, string>; sum: number }>([
    { reason: 'without labels all samples of the name count', labels: {}, sum: 6 },
    { reason: 'a label narrows it down', labels: { operation: 'list' }, sum: 4 },
    { reason: 'all labels must fit', labels: { operation: 'list', code: '500' }, sum: 1 },
    { reason: 'none that fits is 0', labels: { operation: 'delete' }, sum: 0 },
  ])('$reason', ({ labels, sum }) => {
    expect(sumOf(samples, 'calls_total', labels)).toBe(sum);
  });
});
