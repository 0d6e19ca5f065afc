import type { DesiredRole } from '../../../src/model/index.ts';
import type { Normalized, SpecProblem } from '../../../src/providers/contract.ts';

/** A role as the service would report it, or what it would refuse. */
export function normalize(desired: DesiredRole): Normalized {
  const { ref, displayName, permissions, extras } = desired;
  const problems: readonly SpecProblem[] = [
    ...(/^[a-z0-9-]+$/.test(ref.slug) ? [] : [{ field: 'spec.slug', message: 'must be lower-case letters, digits and "-"' }]),
    ...(displayName === '' ? [{ field: 'spec.displayName', message: 'is empty; roles have a title' }] : []),
    ...permissions.flatMap((permission, index) =>
      permission === '' ? [{ field: `spec.permissions[${index}]`, message: 'is empty' }] : [],
    ),
    ...Object.keys(extras).map((key) => ({ field: `spec.${key}`, message: 'there is no such field; remove it' })),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, role: { ...desired, permissions: [...new Set(permissions)].sort() } };
}
