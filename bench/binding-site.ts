import type { Role, RoleBinding } from '../src/api/index.ts';
import {
  allWideSubjects,
  bindingCount,
  bindingManifests,
  bindingSeed,
  roleManifests,
  wideBinding,
  wideName,
  wideRole,
  wideSubjectsWithout,
} from './binding-load.ts';
import { pathOf, Site, type SiteOptions, type SiteParts, setUpSite } from './site.ts';

/** A member of an organization as the emulator holds it. */
export interface RemoteMember {
  readonly id: string;
  readonly user: string;
  readonly roles: readonly string[];
}

/** What the emulator holds, as far as anybody looks. */
export interface RemoteState {
  readonly organizations: readonly { readonly id: string; readonly members: readonly RemoteMember[] }[];
}

/** A site with Roles and RoleBindings at times. */
export class BindingSite extends Site {
  /** Users whom RoleBindings name, each once. */
  readonly subjects: number;

  private constructor(parts: SiteParts, subjects: number) {
    super(parts);
    this.subjects = subjects;
  }

  static async open(options: SiteOptions, subjects: number): Promise<BindingSite> {
    const content = { seed: bindingSeed(subjects), workos: { multipleRoles: true } };
    return new BindingSite(await setUpSite(options, content), subjects);
  }

  /** Number of RoleBindings, and of Roles; the wide ones not counted. */
  get bindings(): number {
    return bindingCount(this.subjects);
  }

  createRoles(): Promise<void> {
    return this.createAll('orgroles', roleManifests(this.subjects));
  }

  createBindings(): Promise<void> {
    return this.createAll('orgrolebindings', bindingManifests(this.subjects));
  }

  createWideRole(): Promise<void> {
    return this.createAll('orgroles', [wideRole()]);
  }

  createWideBinding(): Promise<void> {
    return this.createAll('orgrolebindings', [wideBinding()]);
  }

  /** Leaves one subject out of the wide RoleBinding, or none. Gives the generation that the object has from now on. */
  async changeWideBinding(left: number | undefined): Promise<number> {
    const subjects = left === undefined ? allWideSubjects() : wideSubjectsWithout(left);
    const changed = await this.admin.mergePatch<RoleBinding>(pathOf('orgrolebindings', wideName), { spec: { subjects } });
    return changed.metadata.generation ?? 0;
  }

  listRoles(): Promise<readonly Role[]> {
    return this.list<Role>('orgroles');
  }

  listBindings(): Promise<readonly RoleBinding[]> {
    return this.list<RoleBinding>('orgrolebindings');
  }

  /** What the provider holds. */
  remote(): RemoteState {
    return this.emulator.control.state() as unknown as RemoteState;
  }

  /** Removes all Roles and RoleBindings from the cluster and from the provider, as if there had never been any. No operator may run. */
  async clear(): Promise<void> {
    for (const { metadata } of await this.listBindings()) {
      await this.admin.mergePatch(pathOf('orgrolebindings', metadata.name), { metadata: { finalizers: [] } });
    }
    await this.deleteAll('orgrolebindings');
    await this.deleteAll('orgroles');
    this.emulator.control.reset(undefined);
  }
}
