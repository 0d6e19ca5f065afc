import { type GrantedRole, names, type RoleBinding, reasons } from '../api/index.ts';
import type { RoleHolders } from '../providers/contract.ts';
import { getCondition, isSameRole } from '../status/index.ts';
import type { Connection, ConnectionRegistry } from './connections.ts';
import { formatKey, providerKey, providerKeyOfRole, type ReconcileKey } from './keys.ts';
import type { Stores } from './ports.ts';
import { findProvider, label, providerMissing, providerRefusal, type RoleRefusal, resolveRole, unreadyRefusal } from './role-target.ts';
import { durationOf } from './values.ts';

/** Where the role of a RoleBinding is, as far as the objects tell. */
export interface BindingAddress {
  readonly providerKey: ReconcileKey;
  readonly organization: string;
}

/** A RoleBinding whose grants can be compared with its provider. */
export interface BindingTarget {
  readonly key: ReconcileKey;
  readonly binding: RoleBinding;
  readonly connection: Connection;
  readonly holders: RoleHolders;
  /** The role at the provider, in its spelling. */
  readonly role: GrantedRole;
  /** `active`: takes part; `frozen`: what it granted is kept, nothing is granted or revoked; `ending`: it is being deleted. */
  readonly state: 'active' | 'frozen' | 'ending';
  /** Why it is frozen; undefined with `frozen` when it is suspended. */
  readonly refusal?: RoleRefusal;
  /** It is frozen because its namespace may not manage the role. */
  readonly isBarred?: boolean;
  /** Interval between looks, in milliseconds. */
  readonly intervalMs: number;
  /** Value of the reconcile-requested-at annotation that hasn't been acted on. */
  readonly requested: string | undefined;
}

/** What can be done about a RoleBinding now. */
export type BindingResolution =
  | { readonly kind: 'ready'; readonly target: BindingTarget }
  /** Its provider hasn't been looked at by this process yet; it comes back when it has. */
  | { readonly kind: 'pending' }
  /** Nothing was granted for it. */
  | { readonly kind: 'refused'; readonly refusal: RoleRefusal; readonly lost: boolean }
  | { readonly kind: 'suspended' };

/**
 * Where the role of a RoleBinding is: where its grants are, once there are some, and else where its Role or its reference say. Undefined
 * when there is no such Role.
 */
export function bindingAddress(binding: RoleBinding, stores: Stores): BindingAddress | undefined {
  const { status, spec, metadata } = binding;
  const { name, external } = spec.roleRef;
  if (status?.role !== undefined && hasGrants(binding)) {
    return { providerKey: providerKey(status.role.providerRef, metadata.namespace), organization: status.role.organization };
  }
  if (external !== undefined) {
    return { providerKey: providerKey(external.providerRef, metadata.namespace), organization: external.organization };
  }
  const role = stores.roles.get(`${metadata.namespace}/${name}`);
  return role === undefined ? undefined : { providerKey: providerKeyOfRole(role), organization: role.spec.organization };
}

/** Sorts RoleBindings from the oldest to the youngest; unique. */
export function ageOf({ metadata }: RoleBinding): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.namespace}/${metadata.name}`;
}

/** Whether there are grants on record that the binding made. */
export function hasGrants(binding: RoleBinding): boolean {
  return (binding.status?.grants ?? []).length > 0;
}

/** Finds the role and the provider of a RoleBinding, or says why that can't be. */
export function resolveBinding(key: ReconcileKey, binding: RoleBinding, stores: Stores, registry: ConnectionRegistry): BindingResolution {
  const { metadata, spec } = binding;
  const known = hasGrants(binding) ? binding.status?.role : undefined;
  // What is left to do for one that is being deleted hangs on where its grants are, not on where they would be today.
  if (metadata.deletionTimestamp !== undefined && known !== undefined) return endingAt(key, binding, known, stores, registry);
  const wanted = wantedRole(binding, stores, registry);
  if (wanted.kind === 'pending') return wanted;
  const role = known ?? (wanted.kind === 'found' ? wanted.role : undefined);
  if (role === undefined) return spec.suspend === true || wanted.kind !== 'refused' ? { kind: 'suspended' } : wanted;
  const target = targetAt(key, binding, role, stores, registry);
  if (target.kind !== 'ready') return target;
  if (metadata.deletionTimestamp !== undefined) return { kind: 'ready', target: { ...target.target, state: 'ending' } };
  if (spec.suspend === true) return { kind: 'ready', target: { ...target.target, state: 'frozen' } };
  const refusal = wanted.kind === 'refused' ? wanted.refusal : movedRefusal(role, wanted.role);
  return { kind: 'ready', target: refusal === undefined ? target.target : { ...target.target, state: 'frozen', refusal } };
}

function endingAt(
  key: ReconcileKey,
  binding: RoleBinding,
  role: GrantedRole,
  stores: Stores,
  registry: ConnectionRegistry,
): BindingResolution {
  const target = targetAt(key, binding, role, stores, registry);
  return target.kind === 'ready' ? { kind: 'ready', target: { ...target.target, state: 'ending' } } : target;
}

type Wanted =
  | { readonly kind: 'found'; readonly role: GrantedRole }
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly refusal: RoleRefusal; readonly lost: boolean };

/** The role that the spec asks for, at the provider. */
function wantedRole(binding: RoleBinding, stores: Stores, registry: ConnectionRegistry): Wanted {
  const { name, external } = binding.spec.roleRef;
  const { namespace = '' } = binding.metadata;
  if (external === undefined) return roleOfObject(namespace, name ?? '', stores, registry);
  const at = providerKey(external.providerRef, namespace);
  const refusal = providerRefusal(at, namespace, stores);
  if (refusal !== undefined) return { kind: 'refused', refusal, lost: true };
  const unready = unreadyRefusal(at, registry);
  if (unready !== undefined)
    return unready.kind === 'pending' ? unready : { kind: 'refused', refusal: unready.refusal, lost: unready.providerLost };
  const state = registry.get(at);
  const holders = state.state === 'ready' ? state.connection.provider.holders : undefined;
  const slug = holders?.canonicalRole(external.slug) ?? external.slug;
  const problem = holders?.roleProblem?.(slug);
  if (problem !== undefined) {
    return {
      kind: 'refused',
      refusal: { reason: reasons.InvalidSpec, message: `spec.roleRef.external.slug: ${problem}`, terminal: true },
      lost: false,
    };
  }
  return { kind: 'found', role: { providerRef: external.providerRef, organization: external.organization, slug } };
}

/** A binding waits for its Role: a role that isn't as declared may be somebody else's. */
function roleOfObject(namespace: string, name: string, stores: Stores, registry: ConnectionRegistry): Wanted {
  const role = stores.roles.get(`${namespace}/${name}`);
  const key = formatKey('Role', namespace, name);
  const notReady = (message: string): Wanted => ({
    kind: 'refused',
    refusal: { reason: reasons.RoleNotReady, message, terminal: false },
    lost: false,
  });
  if (role === undefined) return notReady(`${label(key)} doesn't exist. Create it; the RoleBinding then goes on by itself.`);
  if (role.metadata.deletionTimestamp !== undefined)
    return notReady(`${label(key)} is being deleted. Delete the RoleBinding too, or create the Role again.`);
  const resolution = resolveRole(key, role, stores, registry);
  if (resolution.kind === 'pending') return resolution;
  if (resolution.kind === 'refused') return { kind: 'refused', refusal: resolution.refusal, lost: resolution.providerLost };
  const ready = getCondition(role.status?.conditions, 'Ready');
  if (ready?.status !== 'True' || ready.observedGeneration !== role.metadata.generation) {
    const why = ready === undefined ? 'it has no status yet' : `${ready.reason}: ${ready.message}`;
    return notReady(`${label(key)} isn't ready (${why}). The RoleBinding goes on by itself when it is.`);
  }
  const { organization, slug } = resolution.target.desired.ref;
  return { kind: 'found', role: { providerRef: role.spec.providerRef, organization, slug } };
}

function targetAt(
  key: ReconcileKey,
  binding: RoleBinding,
  role: GrantedRole,
  stores: Stores,
  registry: ConnectionRegistry,
): Extract<BindingResolution, { kind: 'ready' | 'pending' | 'refused' }> {
  const at = providerKey(role.providerRef, binding.metadata.namespace);
  if (findProvider(at, stores) === undefined) return { kind: 'refused', refusal: providerMissing(at), lost: true };
  const unready = unreadyRefusal(at, registry);
  if (unready !== undefined)
    return unready.kind === 'pending' ? unready : { kind: 'refused', refusal: unready.refusal, lost: unready.providerLost };
  const state = registry.get(at);
  if (state.state !== 'ready') return { kind: 'pending' };
  const { connection } = state;
  const { holders } = connection.provider;
  if (holders === undefined) {
    const message = `${label(at)} can't change who holds a role. Delete the RoleBinding and give the role at the provider.`;
    return { kind: 'refused', refusal: { reason: reasons.Unsupported, message, terminal: true }, lost: true };
  }
  const requested = binding.metadata.annotations?.[names.reconcileRequestedAt];
  const intervalMs = durationOf(binding.spec.interval, connection.intervalMs);
  return {
    kind: 'ready',
    target: {
      key,
      binding,
      connection,
      holders,
      role,
      state: 'active',
      intervalMs,
      requested: requested === binding.status?.lastHandledReconcileAt ? undefined : requested,
    },
  };
}

/** What was granted in one place isn't given up because the Role points elsewhere now: nobody would revoke it there. */
function movedRefusal(known: GrantedRole, wanted: GrantedRole): RoleRefusal | undefined {
  if (isSameRole(known, wanted)) return undefined;
  const message = `Grants of role "${known.slug}" of organization "${known.organization}" were made through ${known.providerRef.kind ?? 'RoleProvider'} "${known.providerRef.name ?? 'default'}", and the role to grant is elsewhere now. Point the Role back, or delete this RoleBinding, which revokes them, and create it again.`;
  return { reason: reasons.InvalidSpec, message, terminal: true };
}
