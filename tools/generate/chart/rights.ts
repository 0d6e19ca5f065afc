import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { type Emitter, generatedNotice } from '../emitter.ts';

const source = 'charts/rolekeeper/files/rights.yaml';
const path = 'charts/rolekeeper/install/rbac.yaml';
const name = 'rolekeeper';
const namespace = 'rolekeeper-system';

/** What `rights.yaml` gives in the whole cluster, in this order, where no namespaces are listed. */
const clusterWide = ['cluster', 'objects', 'events', 'credentials'];

/** `charts/rolekeeper/install/rbac.yaml`: the identity and rights of an operator that is installed without Helm. */
export function rightsEmitter(root: string): Emitter {
  return {
    name: 'Rights',
    emit: () => [{ path, text: rbacManifest(readFileSync(join(root, source), 'utf8')) }],
  };
}

/** The manifest that follows from the text of `rights.yaml`; comments of rules come along. */
export function rbacManifest(rights: string): string {
  const account = { kind: 'ServiceAccount', name, namespace };
  const documents = [
    new Document({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
    new Document({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }),
    roleDocument('ClusterRole', { name }, rulesOf(rights, clusterWide)),
    new Document(bindingOf('ClusterRoleBinding', { name }, 'ClusterRole', account)),
    roleDocument('Role', { name, namespace }, rulesOf(rights, ['lease'])),
    new Document(bindingOf('RoleBinding', { name, namespace }, 'Role', account)),
  ];
  const head = `# ${generatedNotice}\n# The identity that the operator runs with and the least rights it works with.\n`;
  return head + documents.map((document) => `---\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`).join('');
}

function rulesOf(rights: string, keys: readonly string[]): YAMLSeq {
  // Parsed anew for each use: nodes belong to one document.
  const document = parseDocument(rights);
  const lists = keys.map((key) => {
    const list = document.get(key);
    if (!isSeq(list)) throw new Error(`${source} has no list ${key}`);
    // The comment before the first rule would otherwise count as one of the list.
    const [first] = list.items;
    if (isMap(first) && list.commentBefore) first.commentBefore = list.commentBefore;
    return list;
  });
  const [rules, ...others] = lists;
  if (rules === undefined) throw new Error('no list was asked for');
  rules.commentBefore = null;
  for (const other of others) rules.items.push(...other.items);
  return rules;
}

function roleDocument(kind: string, metadata: Readonly<Record<string, string>>, rules: YAMLSeq): Document {
  const document = new Document({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata });
  document.set('rules', rules);
  return document;
}

function bindingOf(
  kind: string,
  metadata: Readonly<Record<string, string>>,
  role: string,
  account: Readonly<Record<string, string>>,
): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role, name },
    subjects: [account],
  };
}
