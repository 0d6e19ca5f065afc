import {
  type Applied,
  type Capabilities,
  type OrganizationSnapshot,
  ProviderError,
  type RolePlan,
  type RoleRef,
} from '../../../src/model/index.ts';
import type { RoleProvider } from '../../../src/providers/contract.ts';
import type { SixthClient } from './client.ts';
import { normalize } from './normalize.ts';

/** The roles of one account of the service. */
export class SixthProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly normalize = normalize;
  readonly #client: SixthClient;

  constructor(capabilities: Capabilities, client: SixthClient) {
    this.capabilities = capabilities;
    this.#client = client;
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#client.whoAmI(signal);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const roles = await this.#client.listRoles(organization, signal);
    return { organization, roles: new Map(roles.map((role) => [role.ref.slug, role])) };
  }

  async apply({ action, ref, target, fields, permissions }: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (action === 'none') return {};
    const { displayName: title, description: note } = target;
    if (action === 'create') return this.#client.createRole(ref, { title, note, permissions: target.permissions }, signal);
    const set = permissions?.addOnly === true ? { add: permissions.add } : permissions && { permissions: permissions.next };
    const body = {
      ...(fields.displayName === undefined ? {} : { title: fields.displayName }),
      ...(fields.description === undefined ? {} : { note: fields.description }),
      ...set,
    };
    return this.#client.updateRole(ref, body, signal);
  }

  async remove(ref: RoleRef, _externalID: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.deleteRole(ref, signal);
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound') return;
      if (!(error instanceof ProviderError) || error.kind !== 'inUse') throw error;
      const present = (await this.#client.listRoles(ref.organization, signal)).find((role) => role.ref.slug === ref.slug);
      throw new ProviderError('inUse', error.message, { ...error.details, ...(present && { holders: present.holders }), cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
