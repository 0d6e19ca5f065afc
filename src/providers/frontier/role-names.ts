import type { Clock } from '../../lib/index.ts';
import { Recent } from '../http/index.ts';
import type { RoleAnswer } from './answers.ts';
import type { FrontierCalls } from './client.ts';

/** Names and uuids of the roles that can be held in one organization. A name is one role: the organization's own before the platform's. */
export class RoleNames {
  readonly #idByName = new Map<string, string>();
  readonly #nameByID = new Map<string, string>();

  /** Of two roles of one name the first counts. */
  constructor(roles: readonly RoleAnswer[]) {
    for (const { name, id } of roles) {
      if (this.#idByName.has(name)) continue;
      this.#idByName.set(name, id);
      this.#nameByID.set(id, name);
    }
  }

  /** Undefined where there is no such role. */
  idOf(name: string): string | undefined {
    return this.#idByName.get(name);
  }

  /** Undefined for a role of another organization, and for one that can't be named here. */
  nameOf(id: string): string | undefined {
    return this.#nameByID.get(id);
  }

  /** Whether there is a role of each name. */
  has(names: readonly string[]): boolean {
    return names.every((name) => this.#idByName.has(name));
  }
}

/** Reads the names of roles. The platform's are asked for only where a name isn't the organization's own. */
export class RoleDirectory {
  readonly #client: FrontierCalls;
  readonly #clock: Clock;
  readonly #recent: Recent<RoleNames>;

  constructor({ client, clock }: { readonly client: FrontierCalls; readonly clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
    this.#recent = new Recent(clock);
  }

  /** As they are now. */
  async read(organization: string, names: readonly string[], signal: AbortSignal): Promise<RoleNames> {
    const asOfMs = this.#clock.monotonic();
    const own = await this.#client.listOrganizationRoles(organization, signal);
    const isOwn = new RoleNames(own).has(names);
    const roles = new RoleNames(isOwn ? own : [...own, ...(await this.#client.listRoles(signal))]);
    this.#recent.set(organization, roles, asOfMs);
    return roles;
  }

  /** As they were within the last minute, if all of these were there; else as they are now. */
  async known(organization: string, names: readonly string[], signal: AbortSignal): Promise<RoleNames> {
    const roles = this.#recent.get(organization);
    return roles?.has(names) === true ? roles : this.read(organization, names, signal);
  }

  /** Makes the next call read again: a role that was made anew has another uuid. */
  forget(organization: string): void {
    this.#recent.delete(organization);
  }
}
