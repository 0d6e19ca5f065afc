import type { KubeObject } from '../api/index.ts';
import type { ListPage, ResourceType } from './types.ts';
import { requireIdentity, unreadable, withTypeMeta } from './watch-events.ts';

/** Reads one page of a list. Throws KubeError, `transient` with status 200, for what isn't one: half of it must not count as all there is. */
export function readListPage<T extends KubeObject>(what: string, resource: ResourceType, value: unknown): ListPage<T> {
  const { items, metadata } = value as { readonly items?: unknown; readonly metadata?: { readonly [field: string]: unknown } | null };
  const { resourceVersion, continue: token = '' } = metadata ?? {};
  if (!Array.isArray(items) || typeof resourceVersion !== 'string') throw unreadable(what, 'it is not a list');
  if (typeof token !== 'string') throw unreadable(what, 'it does not tell whether there is another page');
  for (const item of items) requireIdentity(what, item);
  return {
    items: (items as readonly T[]).map((item) => withTypeMeta(resource, item)),
    resourceVersion,
    ...(token === '' ? {} : { continue: token }),
  };
}
