import type { Reason } from '../api/index.ts';
import type { BindingHost } from './binding-deletion.ts';
import type { BindingTarget } from './binding-target.ts';
import { limitRole } from './role-limits.ts';

/**
 * The target, frozen if it would hand out a role that its namespace may not manage. A Role of the namespace has been checked when it became
 * ready; a role that no manifest declares is checked here, with what it holds at the provider. Rejects with ProviderError where that can't
 * be read.
 */
export async function limitTarget(run: BindingHost, target: BindingTarget): Promise<BindingTarget> {
  const { binding, connection, role, state } = target;
  const { grants, guardrails } = connection.limits;
  const isLimited = grants !== undefined || guardrails?.protectedSlugs !== undefined;
  if (state !== 'active' || binding.spec.roleRef.external === undefined || !isLimited) return target;
  const { organization, slug } = role;
  const canRead = connection.provider.capabilities.readable;
  const taken = canRead ? await run.lanes.snapshots.get(connection, organization, 0, run.signal) : undefined;
  const observed = taken?.snapshot.roles.get(slug);
  const refusal = limitRole(connection, {
    namespace: binding.metadata.namespace ?? '',
    organization,
    slug,
    permissions: observed?.permissions,
    observed,
  });
  if (refusal === undefined) return target;
  return { ...target, state: 'frozen', refusal: { ...refusal, reason: refusal.reason as Reason }, isBarred: true };
}
