import type { ProviderDriver } from '../providers/contract.ts';
import type { ProviderObject } from './keys.ts';

/** Fields of a provider spec that every kind of provider has; any other field is a provider's block. */
const commonFields = new Set(['interval', 'timeout', 'rateLimit', 'pause', 'guardrails', 'grants', 'allowedNamespaces']);

/** The provider block that an object sets. */
export interface ProviderBlock {
  /** The block's key, for example the driver's type. */
  readonly type: string;
  /** Undefined: this build has no driver of that type. */
  readonly driver: ProviderDriver | undefined;
  readonly settings: unknown;
  /** Identity of the account's name space among all kinds of provider; undefined without a driver. */
  readonly account: string | undefined;
}

/** The drivers that main registered, by type. */
export class DriverSet {
  readonly #drivers: ReadonlyMap<string, ProviderDriver>;

  constructor(drivers: readonly ProviderDriver[]) {
    this.#drivers = new Map(drivers.map((driver) => [driver.type, driver]));
  }

  /** The types, sorted. */
  get types(): readonly string[] {
    return [...this.#drivers.keys()].sort();
  }

  /** The block that the object sets; undefined when it sets none, which admission refuses. */
  blockOf(object: ProviderObject): ProviderBlock | undefined {
    const entry = Object.entries(object.spec).find(([key, value]) => !commonFields.has(key) && value !== undefined);
    if (entry === undefined) return undefined;
    const [type, settings] = entry;
    const driver = this.#drivers.get(type);
    return { type, driver, settings, account: driver === undefined ? undefined : `${type}|${driver.account(settings)}` };
  }
}
