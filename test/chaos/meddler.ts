import type { Dice } from './dice.ts';
import type { Handiwork } from './repertoire.ts';
import type { RoleSlot } from './role-slot.ts';
import { type Site, users } from './site.ts';

const works: readonly Handiwork[] = ['changeRole', 'deleteRole', 'makeRole', 'giveRole', 'takeRole'];

/** From the third correction within an hour on the operator waits longer and longer, so a Role's role is changed less often than that. */
const mostHandEdits = 2;

/** Numbers of permissions that no Role lists. */
const strange = [40, 41, 42, 43, 44, 45, 46, 47];

/** Somebody who does things at the provider by hand, at random, for one site. */
export class Meddler {
  /** How often each was done. */
  readonly counts: Partial<Record<Handiwork, number>> = {};
  readonly #site: Site;
  readonly #dice: Dice;

  constructor(site: Site, dice: Dice) {
    this.#site = site;
    this.#dice = dice;
  }

  /** Does one thing, if there is anything to do it to. */
  meddle(): void {
    const work = this.#dice.pick(works) ?? 'changeRole';
    if (this.#do(work)) this.counts[work] = (this.counts[work] ?? 0) + 1;
  }

  #do(work: Handiwork): boolean {
    switch (work) {
      case 'changeRole':
        return this.#changeRole();
      case 'deleteRole':
        return this.#deleteRole();
      case 'makeRole':
        return this.#makeRole();
      case 'giveRole':
        return this.#giveRole();
      case 'takeRole':
        return this.#takeRole();
    }
  }

  #changeRole(): boolean {
    const { backdoor, vocabulary } = this.#site.fixture;
    const slot = this.#dice.pick(this.#site.slots);
    const [isLess, added] = [this.#dice.chance(0.5), vocabulary.permission(this.#dice.pick(strange) ?? 40)];
    const role = slot?.live;
    const held = slot === undefined ? undefined : backdoor.role(slot.slug);
    if (slot === undefined || held === undefined || !this.#isSettled(slot) || role === undefined) return false;
    if (role.handEdits >= mostHandEdits) return false;
    role.handEdits += 1;
    const permissions = isLess && held.permissions.length > 1 ? held.permissions.slice(1) : [...new Set([...held.permissions, added])];
    this.#site.byHand(`${slot.slug} has ${permissions.join(', ')}`, () =>
      backdoor.putRole({ ...held, permissions: [...permissions].sort() }),
    );
    return true;
  }

  /** Only roles that nobody is to hold: who had held one by hand would have lost it by hand. */
  #deleteRole(): boolean {
    const slot = this.#dice.pick(this.#site.slots.filter(({ isLasting }) => !isLasting));
    const role = slot?.live;
    if (slot === undefined || role === undefined || !this.#isSettled(slot) || role.handEdits >= mostHandEdits) return false;
    if (this.#site.fixture.backdoor.role(slot.slug) === undefined) return false;
    // Whose the next one is can't be told for a moment, so that is the last thing that happens to it.
    role.handEdits = mostHandEdits;
    slot.isForeign = false;
    this.#site.byHand(`${slot.slug} is deleted`, () => this.#site.fixture.backdoor.deleteRole(slot.slug));
    return true;
  }

  #makeRole(): boolean {
    const { backdoor, vocabulary } = this.#site.fixture;
    const slot = this.#dice.pick(this.#site.slots.filter(({ isLasting }) => !isLasting));
    const permissions = this.#dice.some(strange, 0.5).map((number) => vocabulary.permission(number));
    if (slot === undefined || slot.declared.length > 0 || permissions.length === 0) return false;
    if (backdoor.role(slot.slug) !== undefined) return false;
    slot.isForeign = true;
    slot.fate = 'present';
    this.#site.byHand(`${slot.slug} is made with ${permissions.join(', ')}`, () =>
      backdoor.putRole({ slug: slot.slug, displayName: slot.slug, description: '', permissions }),
    );
    return true;
  }

  #giveRole(): boolean {
    const user = this.#dice.pick(users.byHand) ?? 0;
    const slot = this.#dice.pick(this.#site.slots.filter(({ isLasting }) => isLasting));
    if (slot === undefined || this.#site.fixture.backdoor.role(slot.slug) === undefined) return false;
    const held = this.#held(user);
    if (held.includes(slot.slug)) return false;
    this.#site.holders.byHand.add(`${user} ${slot.slug}`);
    this.#hold(user, [...held, slot.slug]);
    return true;
  }

  /** From those who have it by hand, or from those whom a RoleBinding has to give it again. */
  #takeRole(): boolean {
    const user = this.#dice.pick([...users.byHand, ...users.declared]) ?? 0;
    const slug = this.#dice.pick(this.#site.slots.filter(({ isLasting }) => isLasting).map((slot) => slot.slug)) ?? '';
    const held = this.#held(user);
    if (!held.includes(slug)) return false;
    this.#site.holders.byHand.delete(`${user} ${slug}`);
    this.#hold(
      user,
      held.filter((each) => each !== slug),
    );
    return true;
  }

  /** The operator knows that the role is its own. */
  #isSettled({ live, declared }: RoleSlot): boolean {
    return live?.isOwner === true && declared.length === 1;
  }

  #held(user: number): readonly string[] {
    return this.#site.fixture.people?.held({ kind: 'User', id: this.#site.idOf(user) }) ?? [];
  }

  #hold(user: number, roles: readonly string[]): void {
    this.#site.byHand(`user ${user} holds ${roles.join(', ')}`, () =>
      this.#site.fixture.people?.hold({ kind: 'User', id: this.#site.idOf(user) }, roles),
    );
  }
}
