import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Api } from './api/model.ts';
import { type Emitter, generatedNotice } from './emitter.ts';

/** The folder of the scripts, relative to the repository. */
const folder = 'argocd';

/** Which actions a kind has: a folder with its own scripts, and the names in the order in which they are defined. */
interface Actions {
  readonly folder: string;
  readonly names: readonly string[];
}

const roleActions: Actions = { folder: 'roles', names: ['reconcile', 'suspend', 'resume', 'approve-plan'] };
const providerActions: Actions = { folder: 'providers', names: ['reconcile', 'pause', 'resume'] };

const head = `# ${generatedNotice}
# Health checks and actions of rolekeeper's kinds, to be added to the ConfigMap that Argo CD reads. Other entries of it stay:
#   kubectl apply --server-side -n argocd -f argocd-cm.yaml
`;

/** What Argo CD has to know of the kinds, for its ConfigMap `argocd-cm` and for the chart. */
export function argocdEmitter(root: string, api: Pick<Api, 'group' | 'kinds'>): Emitter {
  return {
    name: 'Argo CD',
    emit: () => {
      const text = `${head}${stringify(configMap(root, api), { lineWidth: 0, blockQuote: 'literal' })}`;
      return [`${folder}/argocd-cm.yaml`, 'charts/rolekeeper/files/argocd-cm.yaml'].map((path) => ({ path, text }));
    },
  };
}

function configMap(root: string, { group, kinds }: Pick<Api, 'group' | 'kinds'>): unknown {
  const read = (...path: readonly string[]): string => readFileSync(join(root, folder, ...path), 'utf8');
  const health = read('health.lua');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    // Argo CD doesn't see a ConfigMap without this label.
    metadata: { name: 'argocd-cm', labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' } },
    data: Object.fromEntries([
      ...kinds.map(({ kind }) => [`resource.customizations.health.${group}_${kind}`, health]),
      ...kinds.map(({ kind }) => [`resource.customizations.actions.${group}_${kind}`, stringify(actions(read, kind), { lineWidth: 0 })]),
    ]),
  };
}

function actions(read: (...path: readonly string[]) => string, kind: string): unknown {
  const { folder: own, names } = kind.endsWith('Provider') ? providerActions : roleActions;
  return {
    'discovery.lua': read(own, 'discovery.lua'),
    definitions: names.map((name) => ({
      name,
      'action.lua': name === 'reconcile' ? read('reconcile.lua') : read(own, `${name}.lua`),
    })),
  };
}
