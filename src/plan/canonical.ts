import { createHash } from 'node:crypto';
import type { JsonValue, RolePlan } from '../model/index.ts';

/** JSON with sorted object keys: equal values give equal text. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value as Readonly<Record<string, JsonValue>>).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(left: JsonValue, right: JsonValue): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * Hash of everything that a plan would do: 12 hex digits, short enough to copy. It changes when the provider or the manifest
 * changes what would be done, and when another plan of the role was approved and carried out: an approval holds once.
 */
export function planHash(plan: RolePlan, approvedPlans = 0): string {
  const essence: JsonValue = {
    organization: plan.ref.organization,
    slug: plan.ref.slug,
    action: plan.action,
    externalID: plan.externalID ?? null,
    displayName: plan.fields.displayName ?? null,
    description: plan.fields.description ?? null,
    extras: plan.fields.extras ?? null,
    ...(plan.fields.mark === undefined ? {} : { mark: { ...plan.fields.mark } }),
    add: plan.permissions?.add ?? [],
    remove: plan.permissions?.remove ?? [],
    next: plan.permissions?.next ?? null,
    createPermissions: plan.createPermissions,
    ...(approvedPlans === 0 ? {} : { approvedPlans }),
  };
  return shortHash(essence);
}

/** Hash of a permission set in the provider's spelling, whatever its order. */
export function permissionsHash(permissions: readonly string[]): string {
  return shortHash([...permissions].sort());
}

/** 12 hex digits of a value, short enough to copy. */
export function shortHash(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}
