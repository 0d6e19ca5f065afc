import { expect, test } from 'vitest';
import { metricDefinitions } from '../../src/telemetry/index.ts';
import { metricsPageEmitter } from './metrics-docs.ts';

test('the page has a row for every metric, by name', async () => {
  const [file] = await metricsPageEmitter().emit();
  expect(file?.path).toBe('docs/reference/metrics.md');
  const rows = (file?.text ?? '').split('\n').filter((line) => /^\| `rolekeeper_\w+` \| (counter|gauge|histogram) /.test(line));
  const names = rows.map((row) => row.split('`')[1]);
  expect(names).toEqual(
    Object.values(metricDefinitions)
      .map(({ name }) => name)
      .sort(),
  );
});

test('a row says type, labels and meaning, and histograms have their buckets', async () => {
  const [file] = await metricsPageEmitter([
    { name: 'rolekeeper_waits_seconds', type: 'histogram', help: 'How long.', labels: { who: 'whoever waits' }, buckets: [0.5, 1] },
  ]).emit();
  expect(file?.text).toContain('| `rolekeeper_waits_seconds` | histogram | `who`: whoever waits | How long. |');
  expect(file?.text).toContain('| `rolekeeper_waits_seconds` | 0.5s, 1s |');
});
