import { anchorOf } from '../../docs/anchors.ts';
import type { Reasons } from '../api/read-api.ts';
import type { ReasonList } from '../api/read-reasons.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/reasons.md`: what conditions and Events say. */
export function reasonsPageEmitter(reasons: Reasons): Emitter {
  return { name: 'Reasons', emit: () => [{ path: 'docs/reference/reasons.md', text: reasonsPage(reasons) }] };
}

function reasonsPage({ conditions, events }: Reasons): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Reasons',
    'The words that conditions and Events give as their reason. Programs may rely on them: none is renamed within an API version.',
    '## Conditions',
    '`kubectl get` shows the reason of `Ready`; `kubectl describe` shows all conditions, each with a message that says what to do next.',
    'Each leads to [what to do about it](../operations/troubleshooting.md).',
    reasonTable(conditions, (reason) => `[${code(reason)}](../operations/troubleshooting.md#${anchorOf(reason)})`),
    '## Events',
    'An Event says that something happened; while nothing happens there are none. `kubectl events --for orgrole/NAME` lists those of one object.',
    reasonTable(events, code),
  );
}

function reasonTable(list: ReasonList, shown: (reason: string) => string): string {
  const rows = [...list.entries].sort((a, b) => (a.value < b.value ? -1 : 1)).map(({ value, description }) => [shown(value), description]);
  return table(['Reason', 'Meaning'], rows);
}
