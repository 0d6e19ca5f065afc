import type { Grant, Guardrails, Reason } from '../api/index.ts';
import type { ProviderDriver, RoleProvider } from '../providers/contract.ts';
import type { ReconcileKey } from './keys.ts';

/** What the owner of a provider object lets others do through it. */
export interface Limits {
  readonly grants?: readonly Grant[];
  readonly guardrails?: Guardrails;
}

/** A usable connection to a provider. */
export interface Connection {
  readonly key: ReconcileKey;
  readonly driver: ProviderDriver;
  /** Identity of the account's name space; see ProviderDriver.account. */
  readonly account: string;
  readonly provider: RoleProvider;
  /** Default interval between looks for drift, in milliseconds. */
  readonly intervalMs: number;
  /** What may be done through it, as its object says. */
  readonly limits: Limits;
  /** Milliseconds left of a pause that the provider asked for; 0 when there is none. */
  pausedForMs(): number;
}

/**
 * What is known of a provider object:
 * - `pending`: this process hasn't looked at it yet. Nobody draws conclusions.
 * - `ready`: it can be called.
 * - `notReady`: it can't; `lost` says that it never will without its Secret or driver, so that deletions needn't wait for it. Roles
 *   that use it still claim what they declare at its `account`, where that can be told.
 */
export type ProviderState =
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly connection: Connection }
  | { readonly state: 'notReady'; readonly reason: Reason; readonly message: string; readonly lost: boolean; readonly account?: string };

const pending: ProviderState = { state: 'pending' };

/** The providers' states: written by the provider reconciler, read by everybody who calls a provider. */
export class ConnectionRegistry {
  readonly #states = new Map<ReconcileKey, ProviderState>();
  readonly #listeners = new Set<(key: ReconcileKey) => void>();
  readonly #suspicions = new Set<(key: ReconcileKey) => void>();

  /** What is known of a provider; `pending` when nothing is. */
  get(key: ReconcileKey): ProviderState {
    return this.#states.get(key) ?? pending;
  }

  /** Sets the state and tells listeners when those who use the provider can act differently from before. */
  set(key: ReconcileKey, state: ProviderState): void {
    const before = this.get(key);
    this.#states.set(key, state);
    if (matters(before, state)) this.#notify(key);
  }

  /** The provider object is gone. */
  delete(key: ReconcileKey): void {
    if (this.#states.delete(key)) this.#notify(key);
  }

  /** Calls `listener` with the key of a provider whose users should be looked at again. */
  onChange(listener: (key: ReconcileKey) => void): void {
    this.#listeners.add(listener);
  }

  /** Says that a call failed in a way that may concern the whole provider, so that its own object is looked at now. */
  suspect(key: ReconcileKey): void {
    for (const listener of this.#suspicions) listener(key);
  }

  /** Calls `listener` with the key of a provider that should be looked at now. */
  onSuspicion(listener: (key: ReconcileKey) => void): void {
    this.#suspicions.add(listener);
  }

  #notify(key: ReconcileKey): void {
    for (const listener of this.#listeners) listener(key);
  }
}

function matters(before: ProviderState, after: ProviderState): boolean {
  if (before.state !== after.state) return true;
  if (before.state === 'ready' && after.state === 'ready') return before.connection !== after.connection;
  if (before.state === 'notReady' && after.state === 'notReady')
    return before.reason !== after.reason || before.lost !== after.lost || before.account !== after.account;
  return false;
}
