import { names, type Reason, type RoleProviderStatus, reasons } from '../api/index.ts';
import type { Result } from '../controller/types.ts';
import { resources } from '../kube/resources.ts';
import { KubeError, type ObjectIdentity, type ResourceType } from '../kube/types.ts';
import { nextLookDelay, timestamp } from '../lib/index.ts';
import { ProviderError } from '../model/index.ts';
import { sameJson } from '../plan/index.ts';
import { failureMessage, failureRule, getCondition, inUseMessage, nextProviderStatus, type ProviderFacts } from '../status/index.ts';
import { bindingAddress } from './binding-target.ts';
import type { ConnectionRegistry, ProviderState } from './connections.ts';
import type { Connector, Live } from './connector.ts';
import type { DriverSet } from './drivers.ts';
import { isClusterScoped, keyOf, type ProviderObject, parseKey, type ReconcileKey } from './keys.ts';
import { assertMayWrite, type ReconcileDeps } from './ports.ts';
import { readSecrets, type SecretsResult } from './provider-secrets.ts';
import { durationOf, toJson } from './values.ts';

/** How often a provider's Secrets are read again while nothing asks for it, in milliseconds. A refused key is re-read at once. */
const secretLookMs = 30_000;
/** How long a provider that isn't ready waits for the next try, in milliseconds. */
const notReadyLookMs = 10_000;
/** Failed probes in a row before a provider that was ready stops being so: a blip doesn't rewrite the status of all its Roles. */
const toleratedProbeFailures = 3;

/** How long a replaced connection stays open, in milliseconds: longer than a turn. */
const retireAfterMs = 120_000;

/** The state of one provider as this process keeps it between looks. */
interface Kept {
  fingerprint: string;
  live: Live | undefined;
  lastProbeAt: number;
  probeFailures: number;
}

type Look =
  | { readonly kind: 'ready'; readonly live: Live }
  | { readonly kind: 'notReady'; readonly reason: Reason; readonly message: string; readonly terminal: boolean; readonly lost: boolean };

/**
 * Keeps RoleProviders and ClusterRoleProviders: reads their Secrets, connects, probes, publishes the connection for the lanes,
 * counts users, and holds an object that is being deleted until nobody uses it.
 */
export class ProviderReconciler {
  readonly #deps: ReconcileDeps;
  readonly #drivers: DriverSet;
  readonly #registry: ConnectionRegistry;
  readonly #connector: Connector;
  readonly #kept = new Map<ReconcileKey, Kept>();
  readonly #suspected = new Set<ReconcileKey>();

  constructor(deps: ReconcileDeps, drivers: DriverSet, registry: ConnectionRegistry, connector: Connector) {
    this.#deps = deps;
    this.#drivers = drivers;
    this.#registry = registry;
    this.#connector = connector;
    registry.onSuspicion((key) => this.#suspected.add(key));
  }

  /** One look at a provider. */
  async reconcile(key: ReconcileKey, signal: AbortSignal): Promise<Result> {
    const object = this.#find(key);
    if (object === undefined) {
      await this.#forget(key);
      return { kind: 'done' };
    }
    const users = this.#users(key);
    if (object.metadata.deletionTimestamp !== undefined && users.length === 0) return this.#finish(object, signal);
    const held = await this.#holdWhileUsed(object, users, signal);
    const requested = held.metadata.annotations?.[names.reconcileRequestedAt];
    const asked = requested !== undefined && requested !== held.status?.lastHandledReconcileAt;
    const look = await this.#look(key, held, asked, signal);
    this.#publish(key, look, this.#drivers.blockOf(held)?.account);
    await this.#report(held, look, users, asked ? requested : undefined, signal);
    return this.#nextLook(key, held, look);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    const live = [...this.#kept.values()].flatMap((kept) => kept.live ?? []);
    this.#kept.clear();
    await Promise.allSettled(live.map((entry) => entry.close()));
  }

  #find(key: ReconcileKey): ProviderObject | undefined {
    const { kind, storeKey } = parseKey(key);
    const { roleProviders, clusterRoleProviders } = this.#deps.stores;
    return kind === 'RoleProvider' ? roleProviders.get(storeKey) : clusterRoleProviders.get(storeKey);
  }

  #users(key: ReconcileKey): readonly string[] {
    const { roles, roleBindings } = this.#deps.stores;
    const bindings = [...roleBindings.values()].filter((binding) => bindingAddress(binding, this.#deps.stores)?.providerKey === key);
    return [...roles.byIndex('provider', key), ...bindings].map((object) => keyOf(object).replace('/', ' ')).sort();
  }

  async #look(key: ReconcileKey, object: ProviderObject, asked: boolean, signal: AbortSignal): Promise<Look> {
    const block = this.#drivers.blockOf(object);
    if (block?.driver === undefined) return this.#noDriver(key, block?.type);
    const secrets = await readSecrets(this.#deps.api, block.driver.secretRefs(block.settings), object.metadata.namespace, signal);
    if (!secrets.ok) {
      await this.#forget(key);
      return { kind: 'notReady', reason: secrets.reason, message: secrets.message, terminal: false, lost: secrets.lost };
    }
    const kept = await this.#connect(key, object, secrets, signal);
    if (kept instanceof ProviderError) {
      const { reason, terminal } = failureRule(kept);
      return { kind: 'notReady', reason, message: failureMessage(kept), terminal, lost: false };
    }
    if (kept.live === undefined) throw new Error(`provider ${key} has no connection after connecting`);
    const due = this.#deps.clock.monotonic() - kept.lastProbeAt >= kept.live.connection.intervalMs;
    const suspected = this.#suspected.delete(key);
    const ready = this.#registry.get(key).state === 'ready';
    if (ready && kept.probeFailures === 0 && !due && !suspected && !asked) return { kind: 'ready', live: kept.live };
    return this.#probe(kept, kept.live, ready, signal);
  }

  async #noDriver(key: ReconcileKey, type: string | undefined): Promise<Look> {
    await this.#forget(key);
    const known = this.#drivers.types.join(', ');
    return {
      kind: 'notReady',
      reason: reasons.ProviderTypeUnavailable,
      message: `This version of rolekeeper has no driver for "${type ?? 'nothing'}". It has: ${known}.`,
      terminal: true,
      lost: true,
    };
  }

  async #connect(
    key: ReconcileKey,
    object: ProviderObject,
    secrets: Extract<SecretsResult, { ok: true }>,
    signal: AbortSignal,
  ): Promise<Kept | ProviderError> {
    const fingerprint = `${object.metadata.uid}/${object.metadata.generation} ${secrets.fingerprint}`;
    const kept = this.#kept.get(key);
    if (kept?.fingerprint === fingerprint && kept.live !== undefined) return kept;
    const live = await this.#connector.connect(object, secrets.credentials, signal).catch((error: unknown) => {
      if (error instanceof ProviderError) return error;
      throw error;
    });
    await this.#forget(key);
    if (live instanceof ProviderError) return live;
    const next: Kept = { fingerprint, live, lastProbeAt: Number.NEGATIVE_INFINITY, probeFailures: 0 };
    this.#kept.set(key, next);
    return next;
  }

  async #probe(kept: Kept, live: Live, wasReady: boolean, signal: AbortSignal): Promise<Look> {
    try {
      await live.connection.provider.probe(signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return this.#probeFailed(kept, live, wasReady, error);
    }
    kept.lastProbeAt = this.#deps.clock.monotonic();
    kept.probeFailures = 0;
    return { kind: 'ready', live };
  }

  #probeFailed(kept: Kept, live: Live, wasReady: boolean, error: ProviderError): Look {
    kept.probeFailures += 1;
    const rule = failureRule(error);
    const passing = error.kind === 'transient' || error.kind === 'rateLimited';
    if (wasReady && passing && kept.probeFailures < toleratedProbeFailures) return { kind: 'ready', live };
    const reason = error.kind === 'transient' ? reasons.Unreachable : rule.reason;
    return { kind: 'notReady', reason, message: failureMessage(error), terminal: rule.terminal, lost: false };
  }

  #publish(key: ReconcileKey, look: Look, account: string | undefined): void {
    const state: ProviderState =
      look.kind === 'ready'
        ? { state: 'ready', connection: look.live.connection }
        : { state: 'notReady', reason: look.reason, message: look.message, lost: look.lost, ...(account === undefined ? {} : { account }) };
    this.#registry.set(key, state);
  }

  async #report(
    object: ProviderObject,
    look: Look,
    users: readonly string[],
    handled: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const type = this.#drivers.blockOf(object)?.type;
    const deleting = object.metadata.deletionTimestamp !== undefined;
    const facts: ProviderFacts = {
      outcome: look.kind === 'ready' ? { kind: 'ready' } : look,
      ...(type === undefined ? {} : { type }),
      ...(look.kind === 'ready' ? { capabilities: look.live.connection.provider.capabilities } : {}),
      roles: users.filter((user) => user.startsWith('Role ')).length,
      bindings: users.filter((user) => user.startsWith('RoleBinding ')).length,
      ...(deleting ? { heldBy: users } : {}),
      ...(handled === undefined ? {} : { handledReconcileAt: handled }),
    };
    const status = nextProviderStatus(object, facts, timestamp(this.#deps.clock.now()));
    if (sameJson(toJson(status), toJson(object.status ?? {}))) return;
    this.#emitChanges(object, status, users);
    const stored = await this.#writeStatus(object, status, signal);
    this.#observeOwnWrite(stored);
  }

  #emitChanges(object: ProviderObject, status: RoleProviderStatus, users: readonly string[]): void {
    const before = getCondition(object.status?.conditions, 'Ready');
    const after = getCondition(status.conditions, 'Ready');
    if (after !== undefined && (before?.status !== after.status || before.reason !== after.reason)) {
      const ready = after.status === 'True';
      this.#deps.events.emit(object, {
        type: ready ? 'Normal' : 'Warning',
        reason: ready ? 'ProviderReady' : 'ProviderNotReady',
        action: 'Probe',
        note: ready ? after.message : `${after.reason}: ${after.message}`,
      });
    }
    if (
      getCondition(status.conditions, 'InUse')?.status === 'True' &&
      getCondition(object.status?.conditions, 'InUse')?.status !== 'True'
    ) {
      this.#deps.events.emit(object, { type: 'Warning', reason: 'DeletionBlocked', action: 'Delete', note: inUseMessage(users) });
    }
  }

  #nextLook(key: ReconcileKey, object: ProviderObject, look: Look): Result {
    const kept = this.#kept.get(key);
    if (look.kind === 'notReady' || (kept?.probeFailures ?? 0) > 0) return { kind: 'after', delayMs: notReadyLookMs };
    const intervalMs = Math.min(secretLookMs, durationOf(object.spec.interval, look.live.connection.intervalMs));
    return { kind: 'after', delayMs: nextLookDelay(this.#deps.clock.now(), intervalMs, key) };
  }

  /** Puts the finalizer on a provider that somebody uses, so that it can't vanish under them. */
  async #holdWhileUsed(object: ProviderObject, users: readonly string[], signal: AbortSignal): Promise<ProviderObject> {
    const finalizers = object.metadata.finalizers ?? [];
    if (users.length === 0 || object.metadata.deletionTimestamp !== undefined || finalizers.includes(names.inUseFinalizer)) return object;
    return this.#setFinalizers(object, [...finalizers, names.inUseFinalizer], signal);
  }

  async #finish(object: ProviderObject, signal: AbortSignal): Promise<Result> {
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(names.inUseFinalizer)) {
      await this.#setFinalizers(
        object,
        finalizers.filter((entry) => entry !== names.inUseFinalizer),
        signal,
      );
    }
    return { kind: 'done' };
  }

  async #setFinalizers(object: ProviderObject, finalizers: readonly string[], signal: AbortSignal): Promise<ProviderObject> {
    assertMayWrite(this.#deps);
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers } };
    const stored = await this.#deps.api.mergePatch<ProviderObject>(
      resourceOf(object),
      { ...(namespace === undefined ? {} : { namespace }), name },
      patch,
      {},
      signal,
    );
    this.#observeOwnWrite(stored);
    return stored;
  }

  async #writeStatus(object: ProviderObject, status: RoleProviderStatus, signal: AbortSignal): Promise<ProviderObject> {
    assertMayWrite(this.#deps);
    const { namespace, name, uid = '', resourceVersion = '' } = object.metadata;
    const identity: ObjectIdentity = { ...(namespace === undefined ? {} : { namespace }), name, uid, lastSeenVersion: resourceVersion };
    try {
      return await this.#deps.api.applyStatus<ProviderObject>(resourceOf(object), identity, status, signal);
    } catch (error) {
      if (error instanceof KubeError && (error.kind === 'notFound' || error.kind === 'conflict')) return object;
      throw error;
    }
  }

  #observeOwnWrite(object: ProviderObject): void {
    const { roleProviders, clusterRoleProviders } = this.#deps.stores;
    if (isClusterScoped(object)) clusterRoleProviders.observeOwnWrite(object);
    else roleProviders.observeOwnWrite(object);
  }

  async #forget(key: ReconcileKey): Promise<void> {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (this.#find(key) === undefined) this.#registry.delete(key);
    if (kept?.live !== undefined) this.#retire(kept.live);
  }

  /** Turns under way end on the connection they began with; nobody begins on it any more. */
  #retire(live: Live): void {
    this.#deps.clock.schedule(retireAfterMs, () => {
      live
        .close()
        .catch((error: unknown) => this.#deps.log.debug('A connection could not be closed', { provider: live.connection.key, error }));
    });
  }
}

function resourceOf(object: ProviderObject): ResourceType {
  return isClusterScoped(object) ? resources.clusterRoleProviders : resources.roleProviders;
}
