import { names, type Reason, type Role, reasons, roleBlocks } from '../api/index.ts';
import type { DesiredRole, JsonValue, Refusal } from '../model/index.ts';
import type { Connection, ConnectionRegistry } from './connections.ts';
import { claimValue, isClusterScoped, keyOf, type ProviderObject, parseKey, providerKeyOfRole, type ReconcileKey, slugOf } from './keys.ts';
import { namespaceAllowed } from './namespaces.ts';
import type { Stores } from './ports.ts';
import { durationOf, toJson } from './values.ts';

/** A Role that can be compared with its provider. */
export interface RoleTarget {
  readonly key: ReconcileKey;
  readonly role: Role;
  readonly connection: Connection;
  /** In the provider's spelling. */
  readonly desired: DesiredRole;
  readonly mode: 'Enforce' | 'Additive' | 'Observe';
  /** Interval between looks for drift, in milliseconds. */
  readonly intervalMs: number;
  /** Value of the reconcile-requested-at annotation that hasn't been acted on. */
  readonly requested: string | undefined;
}

/** What can be done about a Role now. */
export type Resolution =
  | { readonly kind: 'ready'; readonly target: RoleTarget }
  /** Its provider hasn't been looked at by this process yet; it comes back when it has. */
  | { readonly kind: 'pending' }
  /** `account`: where the Role would go if its provider were ready. */
  | { readonly kind: 'refused'; readonly refusal: RoleRefusal; readonly providerLost: boolean; readonly account?: string };

/** A refusal whose reason is one of the documented ones. */
export interface RoleRefusal extends Refusal {
  readonly reason: Reason;
}

/** Says that a provider object doesn't exist. */
export function providerMissing(providerKey: ReconcileKey): RoleRefusal {
  const message = `${label(providerKey)} doesn't exist. Create it or correct the providerRef.`;
  return { reason: reasons.ProviderNotFound, message, terminal: false };
}

/** Why a Role can't go through its provider object; undefined when it may. */
export function providerRefusal(providerKey: ReconcileKey, namespace: string, stores: Stores): RoleRefusal | undefined {
  const provider = findProvider(providerKey, stores);
  if (provider === undefined) return providerMissing(providerKey);
  // A tenant must not learn more about a provider that isn't theirs than this.
  if (!isClusterScoped(provider) || namespaceAllowed(provider, namespace, stores.namespaces.get(namespace))) return undefined;
  return {
    reason: reasons.NamespaceNotAllowed,
    message: `${label(providerKey)} doesn't allow namespace "${namespace}". Ask its owner to add the namespace to spec.allowedNamespaces, or use another provider.`,
    terminal: true,
  };
}

/** What a provider that can't be called means for those who use it; undefined when it can be. */
export function unreadyRefusal(
  providerKey: ReconcileKey,
  registry: ConnectionRegistry,
): Extract<Resolution, { kind: 'refused' | 'pending' }> | undefined {
  const state = registry.get(providerKey);
  if (state.state === 'ready') return undefined;
  if (state.state === 'pending') return { kind: 'pending' };
  const message = `${label(providerKey)} isn't ready (${state.reason}): ${state.message}`;
  const refusal = refused({ reason: reasons.ProviderNotReady, message, terminal: false }, state.lost);
  return state.account === undefined ? refusal : { ...refusal, account: state.account };
}

/** Finds a Role's provider and brings the Role into the provider's spelling, or says why that can't be. */
export function resolveRole(key: ReconcileKey, role: Role, stores: Stores, registry: ConnectionRegistry): Resolution {
  const providerKey = providerKeyOfRole(role);
  const refusal = providerRefusal(providerKey, role.metadata.namespace ?? '', stores);
  if (refusal !== undefined) return refused(refusal, true);
  const unready = unreadyRefusal(providerKey, registry);
  if (unready !== undefined) return unready;
  const state = registry.get(providerKey);
  if (state.state !== 'ready') return { kind: 'pending' };
  return normalizeRole(key, role, state.connection, stores.clusterID());
}

/** The provider object that a Role refers to. */
export function providerOf(role: Role, stores: Stores): ProviderObject | undefined {
  return findProvider(providerKeyOfRole(role), stores);
}

/** The provider object of a key. */
export function findProvider(key: ReconcileKey, stores: Stores): ProviderObject | undefined {
  const { kind, storeKey } = parseKey(key);
  return kind === 'RoleProvider' ? stores.roleProviders.get(storeKey) : stores.clusterRoleProviders.get(storeKey);
}

/** `Kind "namespace/name"` or `Kind "name"`, for messages. */
export function label(key: ReconcileKey): string {
  const { kind, storeKey } = parseKey(key);
  return `${kind} "${storeKey}"`;
}

function refused(refusal: Refusal, providerLost: boolean): Extract<Resolution, { kind: 'refused' }> {
  return { kind: 'refused', refusal: { ...refusal, reason: refusal.reason as Reason }, providerLost };
}

function normalizeRole(key: ReconcileKey, role: Role, connection: Connection, clusterID: string | undefined): Resolution {
  const problems = [...foreignBlocks(role, connection), ...duplicates(role)];
  const normalized = connection.provider.normalize(declaredRole(role, connection, clusterID));
  const all = normalized.ok ? problems : [...problems, ...normalized.problems];
  if (!normalized.ok || all.length > 0) {
    const message = `The provider can't take this spec: ${all.map((problem) => `${problem.field}: ${problem.message}`).join('; ')}`;
    return refused({ reason: reasons.InvalidSpec, message, terminal: true }, false);
  }
  const requested = role.metadata.annotations?.[names.reconcileRequestedAt];
  return {
    kind: 'ready',
    target: {
      key,
      role,
      connection,
      desired: normalized.role,
      mode: role.spec.managementMode ?? 'Enforce',
      intervalMs: durationOf(role.spec.interval, connection.intervalMs),
      requested: requested === role.status?.lastHandledReconcileAt ? undefined : requested,
    },
  };
}

function foreignBlocks(role: Role, connection: Connection): readonly { field: string; message: string }[] {
  return roleBlocks
    .filter((block) => role.spec[block] !== undefined && block !== connection.driver.roleBlock)
    .map((block) => ({ field: `spec.${block}`, message: `only for another kind of provider than ${connection.driver.type}; remove it` }));
}

function duplicates(role: Role): readonly { field: string; message: string }[] {
  const { permissions } = role.spec;
  return permissions.flatMap((permission, index) =>
    permissions.indexOf(permission) === index ? [] : [{ field: `spec.permissions[${index}]`, message: `"${permission}" is listed twice` }],
  );
}

function declaredRole(role: Role, connection: Connection, cluster: string | undefined): DesiredRole {
  const { displayName, description, permissions, organization } = role.spec;
  const block = roleBlocks.find((name) => name === connection.driver.roleBlock);
  const extras =
    block === undefined || role.spec[block] === undefined ? {} : (toJson(role.spec[block]) as Readonly<Record<string, JsonValue>>);
  return {
    ref: { organization, slug: slugOf(role) },
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
    permissions,
    extras,
    // Who only observes manages nothing.
    ...(cluster === undefined || !connection.provider.capabilities.ownershipMark || role.spec.managementMode === 'Observe'
      ? {}
      : { mark: { cluster, object: `${role.metadata.namespace}/${role.metadata.name}` } }),
  };
}

/** Another Role that declares the same role. `sure` is false while it isn't known yet to which account its provider leads. */
export interface Claim {
  readonly role: Role;
  readonly sure: boolean;
}

/**
 * The older Roles that claim the same role at the same account: the oldest wins, whichever provider object it goes through. Roles that
 * only observe claim nothing, nor do Roles that may not use their provider.
 */
export function olderClaims(target: RoleTarget, stores: Stores, registry: ConnectionRegistry): readonly Claim[] {
  if (target.mode === 'Observe') return [];
  return claims(target, stores, registry).filter(({ role }) => isOlder(role, target.role));
}

/**
 * Claims of other live Roles on the same role at the same account. A provider that isn't ready takes no claim away: the role would
 * change hands, and its permissions with it, at every outage.
 */
export function claims(target: RoleTarget, stores: Stores, registry: ConnectionRegistry): readonly Claim[] {
  return stores.roles.byIndex('claim', claimValue(target.role)).flatMap((role): readonly Claim[] => {
    const key = keyOf(role);
    if (key === target.key || role.spec.managementMode === 'Observe' || role.metadata.deletionTimestamp !== undefined) return [];
    const resolution = resolveRole(key, role, stores, registry);
    if (resolution.kind === 'pending') return [{ role, sure: false }];
    const isSame = resolution.kind === 'ready' ? sameClaim(resolution.target, target) : resolution.account === target.connection.account;
    return isSame ? [{ role, sure: true }] : [];
  });
}

function sameClaim(left: RoleTarget, right: RoleTarget): boolean {
  const [a, b] = [left.desired.ref, right.desired.ref];
  return left.connection.account === right.connection.account && a.organization === b.organization && a.slug === b.slug;
}

function isOlder(left: Role, right: Role): boolean {
  const age = (role: Role): string => `${role.metadata.creationTimestamp ?? ''} ${role.metadata.namespace}/${role.metadata.name}`;
  return age(left) < age(right);
}
