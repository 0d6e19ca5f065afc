import type { KubeObject } from '../api/index.ts';

/**
 * The object without managedFields, deeply frozen. The parts of the given object are frozen in place.
 */
export function freezeObject<T extends KubeObject>(object: T): T {
  if (Object.isFrozen(object) && !('managedFields' in object.metadata)) return object;
  // Copied without it and not deleted from it: an object from which a field was deleted takes several times the memory.
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  return deepFreeze({ ...object, metadata });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
