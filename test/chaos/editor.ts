import type { Role, RoleBinding, Subject } from '../../src/api/index.ts';
import { names } from '../../src/api/index.ts';
import { stateOf } from '../support/e2e.ts';
import type { Dice } from './dice.ts';
import { type BindingWish, DeclaredBinding, type Wanted } from './holders.ts';
import type { Edit } from './repertoire.ts';
import { DeclaredRole, type RoleSlot, type RoleWish } from './role-slot.ts';
import { type Site, users } from './site.ts';

/** Numbers of permissions that any Role may list. */
const common = Array.from({ length: 30 }, (_, index) => index);

/** From here on each Role has a permission of its own, so that what one wrote can't be taken for what another one wrote. */
const ownFrom = 100;
const ownCount = 200;

/** How often each edit is made, compared with the others. */
const weights: Readonly<Record<Edit, number>> = {
  createRole: 6,
  changePermissions: 6,
  changeMode: 2,
  changeDeletionPolicy: 2,
  suspendRole: 2,
  allowAdoption: 2,
  deleteRole: 3,
  createBinding: 4,
  changeSubjects: 6,
  suspendBinding: 2,
  deleteBinding: 2,
  approve: 2,
};
const lots: readonly Edit[] = (Object.keys(weights) as Edit[]).flatMap((edit) => Array.from({ length: weights[edit] }, () => edit));

/** RoleBindings that a site has at most. */
const mostBindings = 9;

/** People who write manifests, at random, for one site. */
export class Editor {
  /** How often each edit was made. */
  readonly counts: Partial<Record<Edit, number>> = {};
  readonly #site: Site;
  readonly #dice: Dice;
  readonly #own = new Map<DeclaredRole, string>();
  #made = 0;

  constructor(site: Site, dice: Dice) {
    this.#site = site;
    this.#dice = dice;
  }

  /** Creates the Roles that stay. The first one takes over a role that some people hold already. */
  async begin(): Promise<void> {
    const { backdoor, people } = this.#site.fixture;
    const [first, ...others] = this.#site.slots.filter(({ isLasting }) => isLasting);
    if (first === undefined) return;
    this.#site.byHand(`${first.slug} is made and given to some`, () => {
      const permissions = this.#somePermissions();
      backdoor.putRole({ slug: first.slug, displayName: first.slug, description: '', permissions });
      for (const user of users.shared) {
        people?.hold({ kind: 'User', id: this.#site.idOf(user) }, [first.slug]);
        this.#site.holders.byHand.add(`${user} ${first.slug}`);
      }
    });
    for (const slot of [first, ...others]) await this.#createRole(slot);
  }

  /** Makes one edit, if there is anything to make it of. */
  async edit(): Promise<void> {
    const edit = this.#dice.pick(lots) ?? 'approve';
    if (await this.#make(edit)) this.counts[edit] = (this.counts[edit] ?? 0) + 1;
  }

  /** Approves every plan that waits. Gives back whether there was one. */
  async approve(): Promise<boolean> {
    const plurals = ['orgroles', 'orgrolebindings'] as const;
    let isAny = false;
    for (const plural of plurals) {
      for (const object of (await this.#site.list(plural)).values()) {
        const { metadata, status: { plan } = {} } = object;
        if (stateOf(object) !== 'False/PlanPending' || plan === undefined) continue;
        if (metadata.annotations?.[names.approvedPlan] === plan.hash) continue;
        this.#site.note(`approved ${plan.hash} of ${metadata.name}`);
        const annotations = { [names.approvedPlan]: plan.hash };
        await this.#site.admin.mergePatch(this.#site.path(plural, metadata.name), { metadata: { annotations } });
        isAny = true;
      }
    }
    return isAny;
  }

  async #make(edit: Edit): Promise<boolean> {
    switch (edit) {
      case 'createRole':
        return this.#createRole(this.#dice.pick(this.#site.slots.filter(({ live }) => live === undefined)));
      case 'changePermissions':
        return this.#changeRole(() => ({ permissions: this.#somePermissions() }));
      case 'changeMode':
        return this.#changeRole(({ isLasting }) => ({ managementMode: this.#someMode(isLasting) }));
      case 'changeDeletionPolicy':
        return this.#changeRole(() => ({ deletionPolicy: this.#someDeletionPolicy() }));
      case 'suspendRole':
        return this.#changeRole(({ isLasting }, { suspend }) => ({ suspend: !suspend && !isLasting }));
      case 'allowAdoption':
        return this.#changeRole(() => ({ adoptionPolicy: 'Always' }));
      case 'deleteRole':
        return this.#deleteRole();
      case 'createBinding':
        return this.#createBinding();
      case 'changeSubjects':
        return this.#changeBinding(({ suspend, slug }) => (suspend ? {} : { subjects: this.#someSubjects(slug) }));
      case 'suspendBinding':
        return this.#changeBinding(({ suspend }) => ({ suspend: !suspend }));
      case 'deleteBinding':
        return this.#deleteBinding();
      case 'approve':
        return this.approve();
    }
  }

  async #createRole(slot: RoleSlot | undefined): Promise<boolean> {
    if (slot === undefined) return false;
    const { readable } = this.#capabilities;
    // Others may still be on their way there: what this one finds may then be anybody's.
    const mayRefuse = readable && slot.declared.length === 0 && this.#dice.chance(0.5) && !slot.isLasting;
    this.#made += 1;
    const own = this.#site.fixture.vocabulary.permission(ownFrom + (this.#made % ownCount));
    const wish: RoleWish = {
      permissions: [...this.#somePermissions(), own],
      managementMode: this.#someMode(slot.isLasting),
      adoptionPolicy: mayRefuse ? 'IfIdentical' : 'Always',
      deletionPolicy: this.#someDeletionPolicy(),
      suspend: false,
    };
    const role = new DeclaredRole(`role-${this.#made}`, wish);
    this.#own.set(role, own);
    slot.declared.push(role);
    slot.fate = 'open';
    this.#site.note(`create ${role.name} of ${slot.slug}: ${JSON.stringify(wish)}`);
    const { vocabulary } = this.#site.fixture;
    const created = await this.#site.admin.create<Role>(this.#site.path('orgroles'), {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'Role',
      metadata: { name: role.name },
      spec: { organization: vocabulary.organization, slug: slot.slug, ...wish },
    });
    role.wasSent(created.metadata.generation ?? 0);
    return true;
  }

  async #changeRole(change: (slot: RoleSlot, wish: RoleWish) => Partial<RoleWish>): Promise<boolean> {
    const slot = this.#dice.pick(this.#site.slots.filter(({ live }) => live !== undefined));
    const role = slot?.live;
    if (slot === undefined || role === undefined) return false;
    const changed = change(slot, role.spec);
    const own = this.#own.get(role) ?? '';
    const wish = { ...role.spec, ...changed };
    if (changed.permissions !== undefined) wish.permissions = [...changed.permissions, own];
    this.#site.note(`change ${role.name} of ${slot.slug}: ${JSON.stringify(changed)}`);
    role.change(wish);
    const { metadata } = await this.#site.admin.mergePatch<Role>(this.#site.path('orgroles', role.name), { spec: wish });
    role.wasSent(metadata.generation ?? 0);
    return true;
  }

  async #deleteRole(): Promise<boolean> {
    const slot = this.#dice.pick(this.#site.slots.filter(({ live, isLasting }) => live !== undefined && !isLasting));
    const role = slot?.live;
    if (slot === undefined || role === undefined) return false;
    role.isDeleted = true;
    this.#site.note(`delete ${role.name} of ${slot.slug}`);
    const path = this.#site.path('orgroles', role.name);
    const held = this.#site.picture().roles[slot.slug];
    const answer = await this.#site.admin.call<Partial<Role>>('DELETE', path);
    const { deletionPolicy, managementMode } = role.spec;
    const isWaiting = (answer.metadata?.finalizers ?? []).length > 0;
    const isOwner = answer.status?.ownership !== undefined;
    if (held === undefined || role.handEdits > 0 || slot.declared.length > 1 || !isOwner) return true;
    if (deletionPolicy === 'Retain') slot.fate = 'present';
    else if (isWaiting && managementMode !== 'Observe') slot.fate = 'absent';
    return true;
  }

  async #createBinding(): Promise<boolean> {
    const slot = this.#dice.pick(this.#site.slots.filter(({ isLasting }) => isLasting));
    const role = slot?.live;
    if (slot === undefined || role === undefined || this.#site.holders.live.length >= mostBindings) return false;
    this.#made += 1;
    const wish: BindingWish = {
      slug: slot.slug,
      managementMode: this.#isSwept(slot.slug) && this.#dice.chance(0.5) ? 'Authoritative' : 'Additive',
      subjects: this.#someSubjects(slot.slug),
      suspend: false,
    };
    const binding = new DeclaredBinding(`binding-${this.#made}`, wish);
    this.#site.holders.declared.push(binding);
    this.#site.note(`create ${binding.name}: ${JSON.stringify(wish)}`);
    const created = await this.#site.admin.create<RoleBinding>(this.#site.path('orgrolebindings'), {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'RoleBinding',
      metadata: { name: binding.name },
      spec: { roleRef: { name: role.name }, managementMode: wish.managementMode, subjects: this.#subjects(wish.subjects) },
    });
    binding.wasSent(created.metadata.generation ?? 0);
    return true;
  }

  async #changeBinding(change: (wish: BindingWish) => Partial<BindingWish>): Promise<boolean> {
    const binding = this.#dice.pick(this.#site.holders.live);
    if (binding === undefined) return false;
    const wish = { ...binding.spec, ...change(binding.spec) };
    this.#site.note(`change ${binding.name}: ${JSON.stringify(wish)}`);
    binding.change(wish);
    const { metadata } = await this.#site.admin.mergePatch<RoleBinding>(this.#site.path('orgrolebindings', binding.name), {
      spec: { suspend: wish.suspend, subjects: this.#subjects(wish.subjects) },
    });
    binding.wasSent(metadata.generation ?? 0);
    return true;
  }

  async #deleteBinding(): Promise<boolean> {
    const binding = this.#dice.pick(this.#site.holders.live);
    if (binding === undefined) return false;
    binding.isDeleted = true;
    this.#site.note(`delete ${binding.name}`);
    await this.#site.admin.delete(this.#site.path('orgrolebindings', binding.name));
    return true;
  }

  /** Whether RoleBindings of a slug may sweep: of the last one, where it can be seen who holds it. */
  #isSwept(slug: string): boolean {
    return this.#capabilities.readBindings && slug === this.#site.slots.at(-1)?.slug;
  }

  #someSubjects(slug: string): readonly Wanted[] {
    const isShared = this.#capabilities.readBindings && slug === this.#site.slots.find(({ isLasting }) => isLasting)?.slug;
    const candidates = [...users.declared, ...(isShared ? users.shared : [])];
    return this.#dice.some(candidates, 0.4).map((user) => ({
      user,
      // The precision of a manifest is a second here.
      until: this.#dice.chance(0.1) ? Math.floor(Date.now() / 1000 + this.#dice.number(3, 12)) * 1000 : Number.POSITIVE_INFINITY,
    }));
  }

  /** A third are named by their address where that can be looked up. */
  #subjects(wanted: readonly Wanted[]): readonly Subject[] {
    const { people } = this.#site.fixture;
    return wanted.map(({ user, until }) => {
      const isByAddress = user % 3 === 0 && this.#site.setup.findsMembersOnly !== true;
      const named = isByAddress ? { email: people?.user(user).email ?? '' } : { id: this.#site.idOf(user) };
      return until === Number.POSITIVE_INFINITY ? named : { ...named, expiresAt: new Date(until).toISOString() };
    });
  }

  #somePermissions(): readonly string[] {
    const { vocabulary } = this.#site.fixture;
    const numbers = new Set(Array.from({ length: this.#dice.number(2, 6) }, () => this.#dice.pick(common) ?? 0));
    return [...numbers].map((number) => vocabulary.permission(number));
  }

  #someMode(isLasting: boolean): RoleWish['managementMode'] {
    const place = this.#dice.next();
    if (!this.#capabilities.readable || place < 0.7) return 'Enforce';
    return place < 0.85 || isLasting ? 'Additive' : 'Observe';
  }

  #someDeletionPolicy(): RoleWish['deletionPolicy'] {
    return this.#dice.chance(0.5) && this.#capabilities.deleteRole ? 'Delete' : 'Retain';
  }

  get #capabilities() {
    const { driver, capabilities = driver.capabilities } = this.#site.fixture;
    return capabilities;
  }
}
