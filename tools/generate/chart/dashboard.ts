import { type Emitter, generatedNotice } from '../emitter.ts';
import { type Panel, panels } from './panels.ts';

/** The Grafana dashboard. */
export function dashboardEmitter(list: readonly Panel[] = panels): Emitter {
  return {
    name: 'Dashboard',
    emit: () => [{ path: 'charts/rolekeeper/files/dashboard.json', text: `${JSON.stringify(dashboard(list), null, 2)}\n` }],
  };
}

const datasource = { type: 'prometheus', uid: '$datasource' };
/** Grafana's grid. */
const columns = 24;

function dashboard(list: readonly Panel[]): object {
  return {
    // The uid stays, so that links to the dashboard survive an upgrade.
    uid: 'rolekeeper',
    title: 'rolekeeper',
    description: generatedNotice,
    tags: ['rolekeeper'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        datasourceVariable,
        labelVariable('namespace', 'up{job=~".*rolekeeper.*"}'),
        labelVariable('job', 'rolekeeper_build_info{namespace=~"$namespace"}'),
      ],
    },
    annotations: { list: [] },
    panels: place(list),
  };
}

const datasourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 };

function labelVariable(name: string, series: string): object {
  return {
    name,
    label: name,
    type: 'query',
    datasource,
    query: { query: `label_values(${series}, ${name})`, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    sort: 1,
  };
}

/** From left to right, a new row where there is no room. */
function place(list: readonly Panel[]): readonly object[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return list.map((panel, index) => {
    const { width, height } = sizeOf(panel);
    if (x + width > columns) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const placed = { id: index + 1, gridPos: { x, y, w: width, h: height }, ...contentOf(panel) };
    [x, rowHeight] = [x + width, Math.max(rowHeight, height)];
    return placed;
  });
}

function sizeOf({ type }: Panel): { readonly width: number; readonly height: number } {
  if (type === 'row') return { width: columns, height: 1 };
  return type === 'stat' ? { width: 4, height: 4 } : { width: 12, height: 8 };
}

function contentOf(panel: Panel): object {
  if (panel.type === 'row') return { type: 'row', title: panel.title, collapsed: false, panels: [] };
  const { type, title, description, unit, targets, bad } = panel;
  const steps = [
    { color: bad === undefined ? 'blue' : 'green', value: null },
    ...(bad === undefined ? [] : [{ color: 'red', value: bad }]),
  ];
  return {
    type,
    title,
    description,
    datasource,
    targets: targets.map(({ expr, legend }, index) => ({ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat: legend })),
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'none' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}
