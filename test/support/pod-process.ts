import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { OperatorProcess, ServerProcess } from '../../tools/stack/index.ts';
import type { TestCluster } from './control-plane.ts';
import type { Manifest } from './helm.ts';

/** A container of a pod, as far as a process can be like it. */
export interface Container {
  readonly args: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

/** What makes pods. */
export interface Deployment extends Manifest {
  readonly spec: {
    readonly template: { readonly spec: { readonly serviceAccountName: string; readonly containers: readonly Container[] } };
  };
}

/**
 * Runs what a kubelet would run for a Deployment, which no control plane without one does: a process with the arguments and the
 * variables of the container and nothing else, acting as the pod's ServiceAccount, ready when its readiness probe says so. Two things
 * are not as in a pod: the token comes from a file that KUBECONFIG names instead of the mounted one, and the ports are this machine's.
 */
export async function startPod(cluster: TestCluster, namespace: string, name: string): Promise<OperatorProcess> {
  const deployment = await cluster.admin.get<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  const { serviceAccountName, containers } = deployment.spec.template.spec;
  const [container] = containers;
  if (container === undefined) throw new Error(`${name} has no container`);
  const account = await cluster.serviceAccountKubeconfig(namespace, serviceAccountName);
  const logFile = join(await mkdtemp(join(inject('scratch'), 'pod-')), 'operator.log');
  const server = new ServerProcess({
    name: 'operator',
    args: container.args,
    env: { ...environmentOf(container, namespace), KUBECONFIG: account.kubeconfig },
    logFile,
  });
  const operator = new OperatorProcess(server, logFile, { metrics: urlOf(container, 'metrics'), health: urlOf(container, 'health') });
  const { httpGet } = container.readinessProbe ?? { httpGet: { path: '', port: '' } };
  await server.start();
  const probed = `${urlOf(container, httpGet.port)}${httpGet.path}`;
  await server.ready('readiness', async () => (await fetch(probed)).ok, 60_000);
  return operator;
}

/** Values of the container's variables. */
function environmentOf({ env = [] }: Container, namespace: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => {
      const path = valueFrom?.fieldRef?.fieldPath;
      const resolved = path === 'metadata.namespace' ? namespace : value;
      if (resolved === undefined) throw new Error(`${name} takes its value from what no kubelet is there to look up`);
      return [name, resolved];
    }),
  );
}

/** Where a named port of the container can be reached. */
function urlOf({ ports = [] }: Container, name: string): string {
  const port = ports.find((candidate) => candidate.name === name);
  if (port === undefined) throw new Error(`the container has no port ${name}`);
  return `http://127.0.0.1:${port.containerPort}`;
}
