import { readFile } from 'node:fs/promises';
import { inRepository } from '../lib/index.ts';

/** What an emulator is of. */
export interface EmulatedName {
  /** Also the name of its Service. */
  readonly name: string;
  readonly port: number;
}

/** Where all of them are. */
export const emulatorNamespace = 'rolekeeper-emulators';

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'emulator', namespace: emulatorNamespace } };
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: emulatorNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

/** The address of an emulator for whoever is in the cluster. */
export function emulatorURL({ name, port }: EmulatedName): string {
  return `http://${name}.${emulatorNamespace}.svc:${port}`;
}

/** The objects that serve the APIs in a cluster, from the same image as the operator and with the state that the examples begin with. */
export async function emulatorObjects(image: string, emulated: readonly EmulatedName[]): Promise<readonly object[]> {
  const each = await Promise.all(
    emulated.map(async (one) => {
      const seed = await readFile(inRepository('examples', 'emulators', `${one.name}.yaml`), 'utf8');
      return [seedOf(one, seed), deploymentOf(one, image), serviceOf(one)];
    }),
  );
  return [namespace, { ...account, automountServiceAccountToken: false }, ...each.flat()];
}

function metadataOf({ name }: EmulatedName) {
  return { name, namespace: emulatorNamespace, labels: { 'app.kubernetes.io/name': name } };
}

function seedOf(one: EmulatedName, seed: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(one), data: { 'seed.yaml': seed } };
}

function serviceOf(one: EmulatedName): object {
  const { labels } = metadataOf(one);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(one),
    spec: { selector: labels, ports: [{ name: 'http', port: one.port }] },
  };
}

function deploymentOf(one: EmulatedName, image: string): object {
  const { labels } = metadataOf(one);
  const template = { metadata: { labels, namespace: emulatorNamespace }, spec: podOf(one, image) };
  // Its state is in memory: two of them would be two providers.
  const spec = { replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadataOf(one), spec };
}

function podOf({ name, port }: EmulatedName, image: string): object {
  return {
    serviceAccountName: account.metadata.name,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'emulator',
        image,
        // It was loaded into the nodes, and no registry has it.
        imagePullPolicy: 'Never',
        args: ['emulate', name, '--host=0.0.0.0', `--port=${port}`, '--seed=/seed/seed.yaml'],
        ports: [{ name: 'http', containerPort: port }],
        readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1 },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'seed', mountPath: '/seed', readOnly: true }],
      },
    ],
    volumes: [{ name: 'seed', configMap: { name } }],
  };
}
