import { describe, expect, it } from 'vitest';
import { type Holding, type SubjectRef, subjectKey } from '../model/index.ts';
import { type BindingInput, type HoldersPlan, planHolders } from './index.ts';

const user = (id: string): SubjectRef => ({ kind: 'User', id });
const users = (ids: string): readonly SubjectRef[] => ids.split(' ').filter(Boolean).map(user);

/** A binding of role `reader` whose name is its age. Subjects are written as ids with a space between them. */
function binding(name: string, who: { wants?: string; has?: string; lapsed?: string }, rest: Partial<BindingInput> = {}): BindingInput {
  return {
    key: name,
    age: name,
    role: 'reader',
    mode: 'Additive',
    state: 'active',
    wanted: users(who.wants ?? ''),
    recorded: users(who.has ?? ''),
    lapsed: users(who.lapsed ?? ''),
    reactivate: false,
    ...rest,
  };
}

function plan(held: string, bindings: readonly BindingInput[], incomplete: readonly string[] = [], multipleRoles = true): HoldersPlan {
  const holdings = users(held).map((subject): [string, Holding] => [subjectKey(subject), { subject, roles: ['reader'] }]);
  return planHolders({
    organization: 'org_1',
    bindings,
    holders: { organization: 'org_1', holdings: new Map(holdings) },
    multipleRoles,
    minHolders: new Map(),
    incomplete: new Set(incomplete),
  });
}

const told = ({ changes }: HoldersPlan) =>
  changes.map(({ subject, add, remove }) => [subject.id, ...add.map((role) => `+${role}`), ...remove.map((role) => `-${role}`)].join(' '));
const own = (result: HoldersPlan, name: string) => result.bindings.get(name)?.own.map(({ id }) => id);
const failures = (result: HoldersPlan, name: string) =>
  result.bindings.get(name)?.failures.map(({ subject, reason }) => `${subject.id} ${reason}`);

const unsure = { state: 'unsure' } as const;
const authoritative = { mode: 'Authoritative' } as const;

describe.each([true, false])('planHolders where not everything is known; several roles at once: %s', (multipleRoles) => {
  it.each([
    { reason: 'has on record', who: { has: 'ada' } },
    { reason: 'wants', who: { wants: 'ada' } },
  ])('revokes nobody whom an unsure binding $reason, and waits with its own record', ({ who }) => {
    const result = plan('ada', [binding('a', { has: 'ada' }), binding('b', who, unsure)], [], multipleRoles);
    expect(told(result)).toEqual([]);
    expect(own(result, 'a')).toEqual(['ada']);
    expect(failures(result, 'a')).toEqual(['ada Undecided']);
  });

  it('revokes nobody whom a binding wants that is frozen for a moment', () => {
    const momentary = { state: 'frozen', isMomentary: true } as const;
    const result = plan('ada', [binding('a', { has: 'ada' }), binding('b', { wants: 'ada' }, momentary)], [], multipleRoles);
    expect(told(result)).toEqual([]);
    expect(own(result, 'a')).toEqual(['ada']);
    const kept = plan('ada', [binding('a', { has: 'ada' }), binding('b', { has: 'ada', wants: 'ada' }, momentary)], [], multipleRoles);
    expect([own(kept, 'a'), own(kept, 'b')]).toEqual([[], ['ada']]);
  });

  it('takes nothing over from an unsure binding: it may speak of another account', () => {
    const result = plan('ada', [binding('a', { wants: 'ada' }), binding('b', { has: 'ada' }, unsure)], [], multipleRoles);
    expect(told(result)).toEqual([]);
    expect(own(result, 'a')).toEqual([]);
    expect(failures(result, 'a')).toEqual([]);
  });

  it('grants nothing for an unsure binding', () => {
    expect(told(plan('', [binding('b', { wants: 'ada' }, unsure)], [], multipleRoles))).toEqual([]);
  });

  it('sweeps nobody whom an unsure binding names, and everybody else', () => {
    const result = plan('ada bob', [binding('a', {}, authoritative), binding('b', { wants: 'ada' }, unsure)], [], multipleRoles);
    expect(told(result)).toEqual(['bob -reader']);
    expect(failures(result, 'a')).toEqual(['ada Undecided']);
  });

  it('sweeps nobody of a role whose bindings are not all known, and still revokes what was granted', () => {
    const bindings = [binding('a', { wants: 'cy' }, authoritative), binding('b', { has: 'bob' })];
    const result = plan('ada bob', bindings, ['reader'], multipleRoles);
    expect(told(result)).toEqual(['bob -reader', 'cy +reader']);
    expect(failures(result, 'a')).toEqual(['ada Undecided']);
    expect(told(plan('ada bob', bindings, ['writer'], multipleRoles))).toEqual(['ada -reader', 'bob -reader', 'cy +reader']);
  });

  it('revokes what a frozen binding lets go, keeps the rest, and forgets it once it is gone', () => {
    const frozen = [binding('a', { has: 'ada bob', lapsed: 'ada', wants: 'bob' }, { state: 'frozen' })];
    const first = plan('ada bob', frozen, [], multipleRoles);
    expect(told(first)).toEqual(['ada -reader']);
    expect(own(first, 'a')).toEqual(['ada', 'bob']);
    expect(own(plan('bob', frozen, [], multipleRoles), 'a')).toEqual(['bob']);
  });

  it('hands what a frozen binding lets go to another that wants it', () => {
    const bindings = [binding('a', { has: 'ada', lapsed: 'ada' }, { state: 'frozen' }), binding('b', { wants: 'ada' })];
    const result = plan('ada', bindings, [], multipleRoles);
    expect(told(result)).toEqual([]);
    expect([own(result, 'a'), own(result, 'b')]).toEqual([[], ['ada']]);
  });
});
