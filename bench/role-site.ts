import type { Role } from '../src/api/index.ts';
import { pathOf, Site, type SiteOptions, type SiteParts, setUpSite } from './site.ts';

/** Organizations hold this many Roles each. */
export const rolesPerOrganization = 100;

/** A site with Roles at times. */
export class RoleSite extends Site {
  readonly roles: number;
  #intervals = 0;

  private constructor(parts: SiteParts, roles: number) {
    super(parts);
    this.roles = roles;
  }

  static async open(options: SiteOptions, roles: number): Promise<RoleSite> {
    const seed = { permissions: permissionNames, organizations: organizationsFor(roles) };
    return new RoleSite(await setUpSite(options, { seed }), roles);
  }

  createRoles(): Promise<void> {
    return this.createAll(
      'orgroles',
      Array.from({ length: this.roles }, (_, index) => roleManifest(index)),
    );
  }

  listRoles(): Promise<readonly Role[]> {
    return this.list<Role>('orgroles');
  }

  /** Removes all Roles from the cluster and from the provider, as if there had never been any. */
  async deleteRoles(): Promise<void> {
    await this.deleteAll('orgroles');
    this.emulator.control.reset(undefined);
  }

  /** Gives a Role another set of permissions. */
  async changeRole(index: number, permissions: readonly string[]): Promise<void> {
    await this.admin.mergePatch(pathOf('orgroles', roleName(index)), { spec: { permissions } });
  }

  /** Changes the RoleProvider, so that every Role is looked at again. */
  async touchProvider(): Promise<void> {
    this.#intervals += 1;
    await this.admin.mergePatch(pathOf('roleproviders', 'default'), { spec: { interval: `${60 + this.#intervals}m` } });
  }
}

/** Permissions of the provider's catalogue. */
export const permissionNames: readonly string[] = Array.from({ length: 40 }, (_, index) => `p:${index}`);

function organizationsFor(roles: number): readonly { readonly id: string; readonly name: string }[] {
  const count = Math.ceil(roles / rolesPerOrganization);
  return Array.from({ length: count }, (_, index) => ({ id: `org_${index}`, name: `Organization ${index}` }));
}

/** Name and slug of a Role. */
export function roleName(index: number): string {
  return `org-r${index}`;
}

function roleManifest(index: number): object {
  return {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'Role',
    metadata: { name: roleName(index) },
    spec: {
      organization: `org_${Math.floor(index / rolesPerOrganization)}`,
      permissions: [`p:${index % 40}`, `p:${(index + 7) % 40}`],
    },
  };
}
