import { KubeError, type ResourceType } from '../kube/index.ts';

/** What a person has to do about a call that the API server refuses for whatever kind; undefined when there is nothing to do. */
export function adviceOnAccess(error: unknown): string | undefined {
  if (!(error instanceof KubeError) || error.kind !== 'unauthorized') return undefined;
  return 'The API server refuses the credentials of the operator: check its kubeconfig or ServiceAccount token; trying again';
}

/** What a person has to do about a kind that can't be read; undefined when it mends itself. */
export function adviceOnKind(error: unknown, resource: ResourceType): string | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  if (error.missingKind)
    return `The CRD ${name} isn't installed: apply the files in crds/ with kubectl apply --server-side -f crds/; waiting for it`;
  if (error.kind === 'forbidden') {
    return `The operator may not list and watch ${name}: give its ServiceAccount the rights in charts/rolekeeper/install/rbac.yaml, or those of the chart with rbac.create; waiting for them`;
  }
  return adviceOnAccess(error);
}
