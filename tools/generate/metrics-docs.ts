import { type MetricDefinition, metricDefinitions } from '../../src/telemetry/index.ts';
import { code, page, table } from './emit/markdown.ts';
import { type Emitter, generatedNotice } from './emitter.ts';

/** `docs/reference/metrics.md`: what `/metrics` tells. */
export function metricsPageEmitter(definitions: readonly MetricDefinition[] = Object.values(metricDefinitions)): Emitter {
  return { name: 'Metrics', emit: () => [{ path: 'docs/reference/metrics.md', text: metricsPage(definitions) }] };
}

function metricsPage(definitions: readonly MetricDefinition[]): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Metrics',
    'Served in the text format of Prometheus under `/metrics` at `--metrics-address`. No label holds a name, an id or a path, so the number of series does not grow with the number of Roles. Series whose labels are known beforehand begin at 0.',
    'Besides these there are metrics of the process and of Node.js, which begin with `rolekeeper_process_` and `rolekeeper_nodejs_`.',
    table(['Metric', 'Type', 'Labels', 'Meaning'], [...definitions].sort(byName).map(metricRow)),
    '## Buckets',
    table(['Histogram', 'Upper bounds'], [...definitions].sort(byName).flatMap(bucketRow)),
  );
}

function byName(a: MetricDefinition, b: MetricDefinition): number {
  return a.name < b.name ? -1 : 1;
}

function metricRow({ name, type, help, labels }: MetricDefinition): readonly string[] {
  const labelTexts = Object.entries(labels).map(([label, meaning]) => `${code(label)}: ${meaning}`);
  return [code(name), type, labelTexts.join('\n'), help];
}

function bucketRow({ name, buckets }: MetricDefinition): readonly (readonly string[])[] {
  return buckets === undefined ? [] : [[code(name), buckets.map((bound) => `${bound}s`).join(', ')]];
}
