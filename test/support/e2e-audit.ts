import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ensureBinaries } from '../../tools/controlplane/index.ts';
import { type OwnCluster, startControlPlane, testCluster } from './control-plane.ts';

/** One call of the operator that the API server has answered. */
export interface AuditedCall {
  readonly verb: string;
  /** API group; empty for the core and for what is no resource. */
  readonly group: string;
  /** `orgroles/status`, for example; empty for what is no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
}

/** A cluster whose API server writes down every call of the operator's ServiceAccount. */
export interface AuditedCluster extends OwnCluster {
  /** The calls that were answered so far, oldest first; watches when they end. */
  calls(): Promise<readonly AuditedCall[]>;
}

const user = 'system:serviceaccount:rolekeeper-system:rolekeeper';
const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
};

/** Starts an API server of its own with an audit log, which counts exactly and knows nothing of the operator's own metrics. */
export async function auditedCluster(): Promise<AuditedCluster> {
  const directory = await mkdtemp(join(inject('scratch'), 'audit-'));
  const [policyFile, logFile] = [join(directory, 'policy.json'), join(directory, 'audit.log')];
  await writeFile(policyFile, JSON.stringify(policy));
  const controlPlane = await startControlPlane({
    binaries: await ensureBinaries(),
    apiServerFlags: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`, '--audit-log-mode=blocking'],
  });
  return { ...(await testCluster(controlPlane.kubeconfig)), controlPlane, calls: () => readCalls(logFile) };
}

/** Calls that change something, without the Lease that the leader renews. */
export function changes(calls: readonly AuditedCall[]): readonly AuditedCall[] {
  return calls.filter(({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'leases');
}

/** How many calls there were by verb and resource, for example `{ 'patch orgroles/status': 2 }`. */
export function tally(calls: readonly AuditedCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { verb, resource } of calls) counts[`${verb} ${resource}`] = (counts[`${verb} ${resource}`] ?? 0) + 1;
  return counts;
}

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

async function readCalls(file: string): Promise<readonly AuditedCall[]> {
  const text = await readFile(file, 'utf8');
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { verb, objectRef = {}, responseStatus } = JSON.parse(line) as AuditEvent;
      const resource = [objectRef.resource ?? '', ...(objectRef.subresource === undefined ? [] : [objectRef.subresource])].join('/');
      return {
        verb,
        group: objectRef.apiGroup ?? '',
        resource,
        namespace: objectRef.namespace ?? '',
        name: objectRef.name ?? '',
        code: responseStatus?.code ?? 0,
      };
    });
}
