import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SubjectRef } from '../../../src/model/index.ts';
import { BindingScenario, sorted } from './binding-scenario.ts';
import type { ProviderUnderTest } from './fixture.ts';

/** Users and roles that edits are about; the last two roles are nobody's business but other people's. */
const users = 6;
const ours = [1, 2, 3, 4] as const;
const theirs = [5, 6] as const;

/** One edit: ours through the provider, or somebody else's past it. */
type Edit =
  | {
      readonly who: 'we';
      readonly user: number;
      readonly add: readonly number[];
      readonly remove: readonly number[];
      readonly again: boolean;
    }
  | { readonly who: 'they'; readonly user: number; readonly role: number };

const someOfOurs = fc.uniqueArray(fc.constantFrom(...ours), { maxLength: 3 });

const ourEdit: fc.Arbitrary<Edit> = fc
  .record({ user: fc.nat(users - 1), add: someOfOurs, remove: someOfOurs, again: fc.boolean() })
  // A plan never grants what it revokes.
  .map(({ user, add, remove, again }) => ({ who: 'we', user, add, remove: remove.filter((role) => !add.includes(role)), again }));

const theirEdit: fc.Arbitrary<Edit> = fc.record({
  who: fc.constant('they' as const),
  user: fc.nat(users - 1),
  role: fc.constantFrom(...theirs),
});

const edits = (count: number): fc.Arbitrary<readonly Edit[]> =>
  fc.array(fc.oneof({ weight: 4, arbitrary: ourEdit }, { weight: 1, arbitrary: theirEdit }), { minLength: count, maxLength: count });

/** What everybody ought to hold, kept without a look at the provider. */
class Model {
  readonly #held = Array.from({ length: users }, () => new Set<string>());
  readonly #fallback: string | undefined;
  readonly #slug: (number: number) => string;

  constructor(fallback: string | undefined, slug: (number: number) => string) {
    this.#fallback = fallback;
    this.#slug = slug;
  }

  held(user: number): readonly string[] {
    return sorted(this.#held[user] ?? []);
  }

  edit(edit: Edit): void {
    const held = this.#held[edit.user];
    if (held === undefined) return;
    if (edit.who === 'they') {
      const slug = this.#slug(edit.role);
      if (!held.delete(slug)) held.add(slug);
      return;
    }
    const hadSome = held.size > 0;
    for (const role of edit.add) held.add(this.#slug(role));
    for (const role of edit.remove) held.delete(this.#slug(role));
    if (held.size === 0 && hadSome && this.#fallback !== undefined) held.add(this.#fallback);
  }
}

/**
 * Declares that `runs` times `length` edits of random users leave exactly the roles that a model without any provider says, and never touch
 * roles that they are not about. For providers whose users may hold several roles.
 */
export function runBindingEdits(
  subject: Pick<ProviderUnderTest, 'name' | 'start'>,
  { runs = 10, length = 100, seed = 20_260_731 } = {},
): void {
  describe(`${subject.name}: ${runs * length} random edits of who holds what`, () => {
    it('leave everybody with exactly what they should hold', async () => {
      const fixture = await subject.start();
      const scenario = await BindingScenario.start(fixture);
      const initial = fixture.emulator.control.state();
      try {
        await fc.assert(
          fc.asyncProperty(edits(length), async (list) => {
            fixture.emulator.control.reset(initial);
            await carryOut(scenario, list);
          }),
          { numRuns: runs, seed, endOnFailure: false },
        );
        fixture.validator.assertNone();
      } finally {
        await scenario.end();
      }
    });
  });
}

async function carryOut(scenario: BindingScenario, list: readonly Edit[]): Promise<void> {
  const slugs = [...ours, ...theirs].map((number) => scenario.role(number));
  const people = Array.from({ length: users }, (_, number) => scenario.user(number));
  const slug = (number: number): string => slugs[number - 1] ?? '';
  const model = new Model(scenario.holders.fallbackRole, slug);
  for (const edit of list) {
    const user = people[edit.user];
    if (user === undefined) continue;
    model.edit(edit);
    await (edit.who === 'we' ? weEdit(scenario, user, edit, slug) : theyEdit(scenario, user, model.held(edit.user)));
    for (const [number, each] of people.entries()) expect(scenario.people.held(each)).toEqual(model.held(number));
  }
  if (scenario.capabilities.readBindings) await expectRead(scenario, people, model, slugs);
}

async function weEdit(scenario: BindingScenario, user: SubjectRef, edit: Edit & { readonly who: 'we' }, slug: (role: number) => string) {
  const names = (roles: readonly number[]): readonly string[] => roles.map(slug);
  const change = scenario.change(user, { add: names(edit.add), remove: names(edit.remove), managed: names(ours) });
  await scenario.holders.apply(change, scenario.signal);
  if (edit.again) await scenario.holders.apply(change, scenario.signal);
}

async function theyEdit(scenario: BindingScenario, user: SubjectRef, held: readonly string[]): Promise<void> {
  scenario.people.hold(user, held);
}

/** What is reported is what is held, of the roles that are asked for. */
async function expectRead(scenario: BindingScenario, people: readonly SubjectRef[], model: Model, slugs: readonly string[]): Promise<void> {
  const observed = await scenario.observed(...slugs);
  const expected = people
    .map(({ id }, number) => [id, model.held(number).filter((role) => slugs.includes(role))] as const)
    .filter(([, roles]) => roles.length > 0);
  const reported = Object.entries(observed).map(([id, roles]) => [id, roles.filter((role) => slugs.includes(role))] as const);
  expect(Object.fromEntries(reported)).toEqual(Object.fromEntries(expected));
}
