import { resources } from '../kube/resources.ts';
import { type KubeApi, KubeError, type ResourceType } from '../kube/types.ts';

/**
 * Whether an object goes because its whole kind goes: the API server then deletes every one of them, which nobody meant one by one.
 * `unknown`: the right to look is missing.
 */
export async function isKindUninstalling(api: KubeApi, resource: ResourceType, signal: AbortSignal): Promise<'yes' | 'no' | 'unknown'> {
  try {
    const definition = await api.get(resources.customResourceDefinitions, { name: crdNameOf(resource) }, signal);
    return definition.metadata.deletionTimestamp === undefined ? 'no' : 'yes';
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.kind === 'notFound') return 'yes';
    if (error.kind === 'forbidden') return 'unknown';
    throw error;
  }
}

/** Name of the CRD of a kind. */
export function crdNameOf({ plural, group }: ResourceType): string {
  return `${plural}.${group}`;
}
