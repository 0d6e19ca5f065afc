import type { KubeObject } from '../api/index.ts';
import { errorFromWatchStatus, isStatus } from './errors.ts';
import { KubeError, type ResourceType, type WatchEvent } from './types.ts';

/**
 * Reads one line of a watch. Throws KubeError: what an `ERROR` event says, or `transient` with status 200 for a line that
 * can't be read.
 */
export function parseWatchLine<T extends KubeObject>(what: string, resource: ResourceType, line: string): WatchEvent<T> {
  const event = parseJson(what, line);
  if (typeof event !== 'object' || event === null || !('type' in event) || !('object' in event)) {
    throw unreadable(what, 'an event has no type or no object');
  }
  const { type, object } = event;
  if (type === 'ERROR') {
    throw isStatus(object) ? errorFromWatchStatus(what, object) : unreadable(what, 'an ERROR event has no Status');
  }
  if (type === 'BOOKMARK') {
    return { type, resourceVersion: metadataText(what, object, 'resourceVersion') };
  }
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') {
    throw unreadable(what, 'an event has an unknown type');
  }
  requireIdentity(what, object);
  return { type, object: withTypeMeta(resource, object as T) };
}

/** Throws KubeError, `transient` with status 200, for an object that doesn't say which one it is, and at which state. */
export function requireIdentity(what: string, object: unknown): void {
  for (const field of ['name', 'uid', 'resourceVersion']) metadataText(what, object, field);
}

/** Objects of a list of built-in kinds come without apiVersion and kind; every other object has them. */
export function withTypeMeta<T extends KubeObject>(resource: ResourceType, object: T): T {
  if (object.apiVersion !== undefined && object.kind !== undefined) return object;
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { ...object, apiVersion, kind: resource.kind };
}

/** A success whose content makes no sense: the answer's status tells it from a failed connection. */
export function unreadable(what: string, why: string, cause?: unknown): KubeError {
  return new KubeError('transient', `Cannot ${what}: the answer can't be read: ${why}`, { status: 200, cause });
}

function parseJson(what: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The parser's message quotes what it read, which may be part of a Secret.
    throw unreadable(what, 'a line of the watch is not JSON');
  }
}

function metadataText(what: string, object: unknown, field: string): string {
  const metadata = typeof object === 'object' && object !== null && 'metadata' in object ? object.metadata : undefined;
  const value = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>)[field] : undefined;
  if (typeof value !== 'string' || value === '') {
    throw unreadable(what, `an object has no metadata.${field}`);
  }
  return value;
}
