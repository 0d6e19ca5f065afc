import { type KubeObject, names, type Role, type RoleBinding } from '../api/index.ts';
import type { StoreChange } from '../cache/index.ts';
import { priorities, type WorkQueue } from '../queue/index.ts';
import {
  bindingAddress,
  type ConnectionRegistry,
  claimValue,
  keyOf,
  type ProviderObject,
  parseKey,
  providerKeyOfRole,
  type ReconcileDeps,
  type ReconcileKey,
  roleKeyOf,
  slugOf,
} from '../reconcile/index.ts';

/** Where keys go. */
export interface Queues {
  readonly roles: WorkQueue<ReconcileKey>;
  readonly providers: WorkQueue<ReconcileKey>;
}

/** Changes of who uses a provider are counted together after this many milliseconds. */
const usersDelayMs = 2_000;

/** Annotations whose change asks for a look. */
const heard: readonly string[] = [names.reconcileRequestedAt, names.approvedPlan, names.forceDelete];

/**
 * Turns what changes in the cluster into keys: a changed object, and whoever waits for it. Gives back the function that ends it.
 */
export function wireQueues(deps: ReconcileDeps, registry: ConnectionRegistry, queues: Queues): () => void {
  const { stores } = deps;
  const onProvider = (change: StoreChange<ProviderObject>): void => providerChanged(change, queues);
  const ends = [
    stores.roles.onChange((change) => roleChanged(deps, queues, change)),
    stores.roleBindings.onChange((change) => bindingChanged(deps, queues, change)),
    stores.roleProviders.onChange(onProvider),
    stores.clusterRoleProviders.onChange(onProvider),
    stores.namespaces.onChange((change) => namespaceChanged(deps, queues, change)),
  ];
  registry.onChange((key) => {
    for (const role of stores.roles.byIndex('provider', key)) {
      // Itself, and whoever claims the same role: who wins hangs on what is known of the provider.
      for (const one of stores.roles.byIndex('claim', claimValue(role))) queues.roles.add(keyOf(one), { priority: firstPriority(one) });
      bindingsOf(deps, role, queues);
    }
    for (const binding of stores.roleBindings.byIndex('provider', key))
      queues.roles.add(keyOf(binding), { priority: firstPriority(binding) });
  });
  registry.onSuspicion((key) => queues.providers.add(key, { priority: priorities.change }));
  for (const role of stores.roles.values()) queues.roles.add(keyOf(role), { priority: firstPriority(role) });
  for (const binding of stores.roleBindings.values()) queues.roles.add(keyOf(binding), { priority: firstPriority(binding) });
  for (const provider of [...stores.roleProviders.values(), ...stores.clusterRoleProviders.values()]) {
    queues.providers.add(keyOf(provider), { priority: priorities.change });
  }
  return () => {
    for (const end of ends) end();
  };
}

/** An object whose spec was acted on already can wait for those that were not. */
function firstPriority({ metadata, status }: Role | RoleBinding): number {
  const isNew = status?.observedGeneration !== metadata.generation || metadata.deletionTimestamp !== undefined;
  return isNew ? priorities.change : priorities.resync;
}

function roleChanged(deps: ReconcileDeps, queues: Queues, change: StoreChange<Role>): void {
  const role = change.type === 'deleted' ? change.previous : change.current;
  const key = keyOf(role);
  if (change.type !== 'updated' || isReady(change.previous) !== isReady(change.current)) bindingsOf(deps, role, queues);
  if (change.type === 'updated' && !asksForLook(change.previous, change.current)) return;
  if (change.type === 'updated') bindingsOf(deps, role, queues);
  queues.roles.add(key, { priority: change.type === 'added' ? firstPriority(role) : priorities.change });
  // Whoever claims the same role may have won or lost by this.
  for (const other of deps.stores.roles.byIndex('claim', claimValue(role))) {
    if (keyOf(other) !== key) queues.roles.add(keyOf(other), { priority: priorities.change });
  }
  queues.providers.add(providerKeyOfRole(role), { delayMs: usersDelayMs });
  if (change.type === 'updated') queues.providers.add(providerKeyOfRole(change.previous), { delayMs: usersDelayMs });
  if (change.type === 'deleted') retained(deps, role);
}

/** RoleBindings wait for their Role, and go on with it. */
function bindingsOf(deps: ReconcileDeps, role: Role, queues: Queues): void {
  for (const binding of deps.stores.roleBindings.byIndex('role', keyOf(role)))
    queues.roles.add(keyOf(binding), { priority: priorities.change });
}

function isReady({ status, metadata }: Role): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: is, observedGeneration }) => type === 'Ready' && is === 'True' && observedGeneration === metadata.generation,
    ) === true
  );
}

function bindingChanged(deps: ReconcileDeps, queues: Queues, change: StoreChange<RoleBinding>): void {
  const binding = change.type === 'deleted' ? change.previous : change.current;
  if (change.type === 'updated' && !asksForLook(change.previous, change.current)) return;
  queues.roles.add(keyOf(binding), { priority: change.type === 'added' ? firstPriority(binding) : priorities.change });
  const address = bindingAddress(binding, deps.stores);
  if (address !== undefined) queues.providers.add(address.providerKey, { delayMs: usersDelayMs });
  // A Role under deletion waits for those who refer to it.
  const roleKey = roleKeyOf(binding);
  const role = roleKey === undefined ? undefined : deps.stores.roles.get(parseKey(roleKey).storeKey);
  if (change.type === 'deleted' && role !== undefined) queues.roles.add(keyOf(role), { priority: priorities.change });
}

/** An object that needed no finalizer is gone by the time we hear of it; people still want to know what became of its role. */
function retained(deps: ReconcileDeps, role: Role): void {
  if (role.status?.ownership === undefined || role.spec.deletionPolicy === 'Delete' || !deps.mayWrite()) return;
  const note = `Role "${slugOf(role)}" of organization "${role.spec.organization}" stays at the provider: spec.deletionPolicy is Retain.`;
  deps.events.emit(role, { type: 'Normal', reason: 'RetainedExternalRole', action: 'Delete', note });
}

function providerChanged(change: StoreChange<ProviderObject>, queues: Queues): void {
  const provider = change.type === 'deleted' ? change.previous : change.current;
  if (change.type === 'updated' && !asksForLook(change.previous, change.current)) return;
  queues.providers.add(keyOf(provider), { priority: priorities.change });
}

function namespaceChanged(deps: ReconcileDeps, queues: Queues, change: StoreChange<KubeObject>): void {
  if (change.type === 'updated' && !concernsNamespace(change.previous, change.current)) return;
  const { name } = change.type === 'deleted' ? change.previous.metadata : change.current.metadata;
  const isEverywhere = name === deps.pause.operatorNamespace;
  for (const role of deps.stores.roles.values()) {
    if (isEverywhere || role.metadata.namespace === name) queues.roles.add(keyOf(role), { priority: firstPriority(role) });
  }
  for (const binding of deps.stores.roleBindings.values()) {
    if (isEverywhere || binding.metadata.namespace === name) queues.roles.add(keyOf(binding), { priority: firstPriority(binding) });
  }
}

/** Whether a namespace may use other providers now, or its pause began or ended. */
function concernsNamespace(previous: KubeObject, current: KubeObject): boolean {
  const [before, after] = [previous.metadata, current.metadata];
  if (before.annotations?.[names.pause] !== after.annotations?.[names.pause]) return true;
  return JSON.stringify(before.labels) !== JSON.stringify(after.labels);
}

/** Whether an update is more than our own status or finalizer. */
function asksForLook(previous: KubeObject, current: KubeObject): boolean {
  const [before, after] = [previous.metadata, current.metadata];
  if (before.generation !== after.generation || before.deletionTimestamp !== after.deletionTimestamp) return true;
  return heard.some((name) => before.annotations?.[name] !== after.annotations?.[name]);
}
