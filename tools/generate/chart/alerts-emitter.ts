import { stringify } from 'yaml';
import { page } from '../emit/markdown.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';
import { type Alert, alerts } from './alerts.ts';

/** The chart's alerts, and the page that says what to do about each. */
export function alertsEmitter(list: readonly Alert[] = alerts): Emitter {
  return {
    name: 'Alerts',
    emit: () => [
      { path: 'charts/rolekeeper/files/alerts.yaml', text: rules(list) },
      { path: 'docs/operations/alerts.md', text: runbooks(list) },
    ],
  };
}

function rules(list: readonly Alert[]): string {
  const entries = list.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: { summary: alert.summary },
  }));
  return `# ${generatedNotice}\n${stringify({ rules: entries }, { version: '1.1', lineWidth: 0 })}`;
}

function runbooks(list: readonly Alert[]): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Alerts',
    'What the chart’s PrometheusRule watches (`prometheusRule.enabled`), and what to do about each alert. Commands assume the release `rolekeeper` in namespace `rolekeeper-system`. All metrics are in [the list of metrics](../reference/metrics.md).',
    'Whatever is on: rolekeeper never removes anything on the strength of what it couldn’t read, so an outage leaves access as it is. `prometheusRule.disabledAlerts` leaves alerts out, `prometheusRule.overrides` changes how long they wait and how severe they are.',
    ...list.flatMap((alert) => [
      `## ${alert.name}`,
      `**${alert.severity}**${alert.for === '0m' ? '' : `, after ${alert.for}`}. ${alert.meaning}`,
      `\`\`\`promql\n${alert.expr}\n\`\`\``,
      alert.steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    ]),
  );
}
