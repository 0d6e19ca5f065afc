import { resources } from '../kube/resources.ts';
import { type KubeApi, KubeError, type ResourceType } from '../kube/types.ts';

/**
 * Whether an object goes because its whole kind goes: the API server then deletes every one of them, which nobody meant one by one. Where the
 * right to look is missing the answer is yes: what is left too much at the provider can be deleted later.
 */
export async function isKindUninstalling(api: KubeApi, { plural, group }: ResourceType, signal: AbortSignal): Promise<boolean> {
  try {
    const definition = await api.get(resources.customResourceDefinitions, { name: `${plural}.${group}` }, signal);
    return definition.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (error instanceof KubeError && (error.kind === 'notFound' || error.kind === 'forbidden')) return true;
    throw error;
  }
}
