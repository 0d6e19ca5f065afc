import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { reasons } from '../../../src/api/index.ts';
import { type MetricDefinition, metricDefinitions } from '../../../src/telemetry/index.ts';
import { alerts } from '../../../tools/generate/chart/index.ts';
import { inRepository } from '../../../tools/lib/index.ts';
import { readPromQL, type Selector } from '../../support/promql.ts';

/** What Prometheus adds to every series that it reads from a pod. */
const targetLabels = ['job', 'namespace', 'pod', 'instance', 'container'];
const definitions: readonly MetricDefinition[] = Object.values(metricDefinitions);
const kinds = ['Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider'];

/** Values of labels that are known beforehand. */
const known: Readonly<Record<string, readonly string[]>> = {
  kind: kinds,
  reason: Object.values(reasons),
  type: ['Ready', 'Synced', 'Drifted', 'Reconciling', 'Stalled'],
  status: ['True', 'False', 'Unknown'],
  result: ['done', 'after', 'retry', 'terminal'],
  state: ['ready', 'delayed', 'working'],
};

/** The labels of a metric by the name of one of its series; undefined where the operator has no such series. */
function labelsOf(series: string): readonly string[] | undefined {
  if (series === 'up' || series.startsWith('rolekeeper_process_')) return [];
  const own = definitions.find(({ name }) => name === series);
  if (own !== undefined) return own.type === 'histogram' ? undefined : Object.keys(own.labels);
  const [, base = '', part] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? [];
  const histogram = definitions.find(({ name, type }) => name === base && type === 'histogram');
  return histogram && [...Object.keys(histogram.labels), ...(part === 'bucket' ? ['le'] : [])];
}

function check(expr: string): void {
  const { selectors, groupings } = readPromQL(expr);
  expect(selectors.length, `metrics of ${expr}`).toBeGreaterThan(0);
  const labels = selectors.flatMap((selector) => checkSelector(selector));
  expect([...labels, ...targetLabels], `labels of ${expr}`).toEqual(expect.arrayContaining([...groupings]));
}

function checkSelector({ metric, matchers }: Selector): readonly string[] {
  const labels = labelsOf(metric);
  expect(labels, `${metric} is none of the operator's series`).toBeDefined();
  for (const { label, operator, value } of matchers) {
    expect([...(labels ?? []), ...targetLabels], `labels of ${metric}`).toContain(label);
    const words = operator.endsWith('~') ? value.split('|') : [value];
    expect(known[label] ?? words, `values of ${label}`).toEqual(expect.arrayContaining(words));
  }
  return labels ?? [];
}

describe('alerts', () => {
  it.each(alerts.map(({ name, expr }) => [name, expr] as const))('%s asks for metrics and labels that the operator has', (_, expr) => {
    check(expr);
    for (const { metric, matchers } of readPromQL(expr).selectors) {
      expect(matchers, `${metric} must be that of this installation`).toContainEqual({ label: 'job', operator: '=', value: 'rolekeeper' });
    }
  });

  it.each(alerts.map(({ name, summary, expr }) => [name, summary, expr] as const))(
    '%s names only labels that its expression leaves',
    (_, summary, expr) => {
      const named = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      expect([...readPromQL(expr).groupings]).toEqual(expect.arrayContaining(named));
    },
  );

  it('have names of their own and say what to do', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, steps, meaning } of alerts) {
      expect(name).toMatch(/^Rolekeeper[A-Z]\w+$/);
      expect(meaning, name).not.toBe('');
      expect(steps.length, name).toBeGreaterThan(0);
    }
  });

  it('are in the chart with the runbook of the same name', async () => {
    const file = parse(await readFile(inRepository('charts/rolekeeper/files/alerts.yaml'), 'utf8')) as {
      readonly rules: readonly { readonly alert: string }[];
    };
    const page = await readFile(inRepository('docs/operations/alerts.md'), 'utf8');
    expect(file.rules.map(({ alert }) => alert)).toEqual(alerts.map(({ name }) => name));
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(alerts.map(({ name }) => name));
  });

  it('mention in their runbooks only metrics and reasons that there are', () => {
    for (const { name, steps, meaning } of alerts) {
      const text = [meaning, ...steps].join('\n');
      for (const [metric] of text.matchAll(/rolekeeper_\w+/g))
        expect(labelsOf(metric) ?? labelsOf(`${metric}_bucket`), `${name}: ${metric}`).toBeDefined();
      for (const [, code = ''] of text.matchAll(/`([A-Z][A-Za-z]+)`/g)) {
        const names: readonly string[] = [...Object.values(reasons), ...alerts.map((alert) => alert.name), ...known.type!, 'Observe'];
        expect(names, name).toContain(code);
      }
    }
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[] };
}

describe('the dashboard', async () => {
  const dashboard = JSON.parse(await readFile(inRepository('charts/rolekeeper/files/dashboard.json'), 'utf8')) as Dashboard;
  const targets = dashboard.panels.flatMap(({ title, targets: list = [] }) =>
    list.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
  );
  const real = (expr: string): string => expr.replaceAll('$__rate_interval', '5m');

  it.each(targets)('panel %s asks for metrics and labels that the operator has', (_, expr, legend) => {
    check(real(expr));
    const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    const { groupings } = readPromQL(real(expr));
    expect([...groupings, ...(groupings.length === 0 ? targetLabels : [])]).toEqual(expect.arrayContaining(named));
  });

  it('uses variables that it declares', () => {
    const declared = dashboard.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard.panels).matchAll(/\$(\w+)/g)]
      .map(([, name]) => name)
      .filter((name) => name !== '__rate_interval');
    expect(declared).toEqual(expect.arrayContaining([...new Set(used)]));
  });

  it('fills its variables from series that there are', () => {
    for (const { query } of dashboard.templating.list) {
      if (typeof query === 'string') continue;
      const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query.query) ?? [];
      check(series);
      expect(targetLabels).toContain(label);
    }
  });

  it('has no panel that lies on another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos, title } of dashboard.panels) expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  });

  it('shows every metric of roles, grants, providers and queues', () => {
    const shown = new Set(
      targets.flatMap(([, expr]) => readPromQL(real(expr)).selectors.map(({ metric }) => metric.replace(/_bucket$/, ''))),
    );
    // These only tell apart builds or are counts behind a rate that is shown.
    const unneeded = [
      'rolekeeper_build_info',
      'rolekeeper_queue_adds_total',
      'rolekeeper_reconcile_panics_total',
      'rolekeeper_kubernetes_request_duration_seconds',
      'rolekeeper_reflector_synced',
    ];
    expect(
      definitions
        .map(({ name }) => name)
        .filter((name) => !shown.has(name))
        .sort(),
    ).toEqual([...unneeded].sort());
  });
});
