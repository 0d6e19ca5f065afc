import type { ObjectName, ResourceType } from './types.ts';

/** Path of all objects of a kind, in one namespace or (undefined) in all of them. */
export function collectionPath(resource: ResourceType, namespace: string | undefined): string {
  const root =
    resource.group === '' ? `/api/${segment(resource.version)}` : `/apis/${segment(resource.group)}/${segment(resource.version)}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${segment(resource.plural)}`;
}

/** Path of one object or of a subresource of it. Throws RangeError for a namespaced kind without a namespace. */
export function objectPath(resource: ResourceType, name: ObjectName, subresource?: string): string {
  if (resource.namespaced && name.namespace === undefined) {
    throw new RangeError(`${resource.plural} ${name.name}: a ${resource.kind} has a namespace and none is given`);
  }
  const path = `${collectionPath(resource, name.namespace)}/${segment(name.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** An empty or dotted segment would silently address something else. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') {
    throw new RangeError(`${JSON.stringify(text)} can't be part of a Kubernetes path`);
  }
  return encodeURIComponent(text);
}
