import { describe, expect, it } from 'vitest';
import { type Holding, type SubjectObstacle, type SubjectRef, subjectKey } from '../model/index.ts';
import { type BindingInput, type BindingPlan, type HoldersPlan, type HoldersPlanInput, planHolders } from './index.ts';

const user = (id: string): SubjectRef => ({ kind: 'User', id });
const users = (ids: string): readonly SubjectRef[] => ids.split(' ').filter(Boolean).map(user);

/** A binding whose name is its age: `a` is the oldest. Subjects are written as ids with a space between them. */
function binding(
  name: string,
  role: string,
  { wants = '', has = '', ...rest }: { wants?: string; has?: string } & Partial<Pick<BindingInput, 'mode' | 'state' | 'reactivate'>>,
): BindingInput {
  return {
    key: `RoleBinding/team/${name}`,
    age: name,
    role,
    mode: 'Additive',
    state: 'active',
    wanted: users(wants),
    recorded: users(has),
    reactivate: false,
    ...rest,
  };
}

const obstacles: Readonly<Record<string, SubjectObstacle>> = {
  asleep: { reason: 'Inactive', message: 'It is deactivated. Activate it.' },
  invited: { reason: 'Pending', message: 'It has not accepted the invitation. Wait for it.' },
  synced: { reason: 'DirectoryManaged', message: 'A directory decides. Change it there.' },
};

/** `{ ada: 'admin reader' }`; a word of `obstacles` in front of the roles is the obstacle: `{ ada: 'asleep: admin' }`. */
function holdings(held: Readonly<Record<string, string>>): ReadonlyMap<string, Holding> {
  return new Map(
    Object.entries(held).map(([id, text]): [string, Holding] => {
      const [, word, roles = ''] = /^(?:(\w+):)?(.*)$/.exec(text) ?? [];
      const obstacle = word === undefined ? undefined : obstacles[word];
      return [
        subjectKey(user(id)),
        { subject: user(id), roles: roles.split(' ').filter(Boolean).sort(), ...(obstacle === undefined ? {} : { obstacle }) },
      ];
    }),
  );
}

interface Given {
  readonly held?: Readonly<Record<string, string>>;
  readonly bindings: readonly BindingInput[];
  readonly single?: boolean;
  readonly fallbackRole?: string;
  readonly min?: Readonly<Record<string, number>>;
}

function plan({ held = {}, bindings, single = false, fallbackRole, min = {} }: Given): HoldersPlan {
  const input: HoldersPlanInput = {
    organization: 'org_1',
    bindings,
    holders: { organization: 'org_1', holdings: holdings(held) },
    multipleRoles: !single,
    minHolders: new Map(Object.entries(min)),
    ...(fallbackRole === undefined ? {} : { fallbackRole }),
  };
  return planHolders(input);
}

const ids = (subjects: readonly SubjectRef[]): string => subjects.map(({ id }) => id).join(' ');

/** `ada +admin -reader` for each change, `!` where it makes somebody active. */
function told({ changes }: HoldersPlan): readonly string[] {
  return changes.map(({ subject, add, remove, reactivate }) =>
    [subject.id, ...add.map((role) => `+${role}`), ...remove.map((role) => `-${role}`), ...(reactivate ? ['!'] : [])].join(' '),
  );
}

/** The lists of a binding's plan that aren't empty. */
function toldOf(result: HoldersPlan, name: string): Readonly<Record<string, string>> {
  const found = result.bindings.get(`RoleBinding/team/${name}`);
  const { held, granting, revoking, own, inherited, failures } = found ?? ({} as BindingPlan);
  const lists = { held, granting, revoking, own, inherited };
  return {
    ...Object.fromEntries(Object.entries(lists).flatMap(([list, subjects]) => (subjects.length === 0 ? [] : [[list, ids(subjects)]]))),
    ...(failures.length === 0 ? {} : { failures: failures.map(({ subject, reason }) => `${subject.id} ${reason}`).join(', ') }),
  };
}

interface Row extends Given {
  readonly reason: string;
  readonly changes: readonly string[];
  readonly plans: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const authoritative = { mode: 'Authoritative' } as const;
const frozen = { state: 'frozen' } as const;
const ending = { state: 'ending' } as const;

describe('planHolders, where a subject can hold several roles', () => {
  it.each<Row>([
    {
      reason: 'grants what is missing and takes on record what it grants, not what was there',
      held: { ada: 'reader', bob: '' },
      bindings: [binding('a', 'reader', { wants: 'bob ada cy' })],
      changes: ['bob +reader', 'cy +reader'],
      plans: { a: { held: 'ada', granting: 'bob cy', own: 'bob cy' } },
    },
    {
      reason: 'revokes what it granted itself when nobody wants it any more, and keeps it on record until it is gone',
      held: { ada: 'reader other', bob: 'reader' },
      bindings: [binding('a', 'reader', { has: 'ada' })],
      changes: ['ada -reader'],
      plans: { a: { revoking: 'ada', own: 'ada' } },
    },
    {
      reason: 'forgets what it granted, no longer wants and sees gone',
      held: { ada: 'other' },
      bindings: [binding('a', 'reader', { has: 'ada cy' })],
      changes: [],
      plans: { a: {} },
    },
    {
      reason: 'grants again what somebody took away',
      held: { ada: '' },
      bindings: [binding('a', 'reader', { wants: 'ada', has: 'ada' })],
      changes: ['ada +reader'],
      plans: { a: { granting: 'ada', own: 'ada' } },
    },
    {
      reason: 'writes what several bindings want of a subject in one change',
      held: { ada: 'gone kept' },
      bindings: [
        binding('a', 'reader', { wants: 'ada' }),
        binding('b', 'writer', { wants: 'ada' }),
        binding('c', 'reader', { wants: 'ada' }),
        binding('d', 'gone', { has: 'ada', ...ending }),
      ],
      changes: ['ada +reader +writer -gone'],
      plans: {
        a: { granting: 'ada', own: 'ada' },
        b: { granting: 'ada', own: 'ada' },
        c: { granting: 'ada', own: 'ada' },
        d: { revoking: 'ada', own: 'ada' },
      },
    },
    {
      reason: 'hands a grant over to another binding that wants it, so that the last one revokes',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', { has: 'ada', ...ending }), binding('b', 'reader', { wants: 'ada' })],
      changes: [],
      plans: { a: {}, b: { held: 'ada', own: 'ada', inherited: 'ada' } },
    },
    {
      reason: 'takes everybody else out of a role that an Authoritative binding names, and nobody out of another',
      held: { ada: 'reader', bob: 'reader writer', cy: 'writer' },
      bindings: [binding('a', 'reader', { wants: 'ada', ...authoritative })],
      changes: ['bob -reader'],
      plans: { a: { held: 'ada', revoking: 'bob' } },
    },
    {
      reason: 'leaves to an Authoritative binding what an Additive one of the role wants',
      held: { ada: 'reader', bob: 'reader' },
      bindings: [binding('a', 'reader', { wants: 'ada', ...authoritative }), binding('b', 'reader', { wants: 'bob cy' })],
      changes: ['cy +reader'],
      plans: { a: { held: 'ada' }, b: { held: 'bob', granting: 'cy', own: 'cy' } },
    },
    {
      reason: 'revokes for both, the one that granted and the Authoritative one',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', authoritative), binding('b', 'reader', { has: 'ada' })],
      changes: ['ada -reader'],
      plans: { a: { revoking: 'ada' }, b: { revoking: 'ada', own: 'ada' } },
    },
    {
      reason: 'does nothing for a frozen binding, not even what it lost',
      held: { ada: 'reader', bob: '' },
      bindings: [binding('a', 'reader', { wants: 'cy', has: 'bob ada', ...frozen })],
      changes: [],
      plans: { a: { own: 'ada bob' } },
    },
    {
      reason: 'does not sweep away what a frozen binding granted or names',
      held: { ada: 'reader', bob: 'reader', cy: 'reader' },
      bindings: [binding('a', 'reader', authoritative), binding('b', 'reader', { wants: 'bob', has: 'ada', ...frozen })],
      changes: ['cy -reader'],
      plans: { a: { revoking: 'cy' }, b: { held: 'bob', own: 'ada' } },
    },
    {
      reason: 'lets a binding go that shares its record with a frozen one',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', { has: 'ada', ...frozen }), binding('b', 'reader', { has: 'ada', ...ending })],
      changes: [],
      plans: { a: { own: 'ada' }, b: {} },
    },
    {
      reason: 'revokes what a binding granted although a frozen one names it: nobody could revoke it later',
      held: { ada: 'reader' },
      bindings: [
        binding('a', 'reader', { wants: 'ada', ...frozen }),
        binding('b', 'reader', { has: 'ada', ...ending }),
        binding('c', 'reader', authoritative),
      ],
      changes: ['ada -reader'],
      plans: { a: {}, b: { revoking: 'ada', own: 'ada' }, c: {} },
    },
    {
      reason: 'takes on record what it wants and a frozen binding granted',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', { has: 'ada', ...frozen }), binding('b', 'reader', { wants: 'ada' })],
      changes: [],
      plans: { a: { own: 'ada' }, b: { held: 'ada', own: 'ada', inherited: 'ada' } },
    },
    {
      reason: 'has an ending binding want nobody, whatever it lists',
      held: { ada: '' },
      bindings: [binding('a', 'reader', { wants: 'ada', has: 'ada', ...ending })],
      changes: [],
      plans: { a: {} },
    },
    {
      reason: 'changes nobody with an obstacle and tells those that would',
      held: { ada: 'asleep:', bob: 'invited: reader', cy: 'synced: reader', dan: 'asleep: reader' },
      bindings: [
        binding('a', 'reader', { wants: 'ada dan', has: 'bob', ...authoritative }),
        binding('b', 'reader', { has: 'bob', ...ending }),
      ],
      changes: [],
      plans: {
        a: { held: 'dan', own: 'bob', failures: 'ada Inactive, bob Pending, cy DirectoryManaged' },
        b: { own: 'bob', failures: 'bob Pending' },
      },
    },
    {
      reason: 'makes an inactive subject active for a binding that may, and brings all of it in order at once',
      held: { ada: 'asleep: gone' },
      bindings: [
        binding('a', 'reader', { wants: 'ada', reactivate: true }),
        binding('b', 'writer', { wants: 'ada' }),
        binding('c', 'gone', { has: 'ada' }),
      ],
      changes: ['ada +reader +writer -gone !'],
      plans: { a: { granting: 'ada', own: 'ada' }, b: { granting: 'ada', own: 'ada' }, c: { revoking: 'ada', own: 'ada' } },
    },
    {
      reason: 'makes an inactive subject active when one of two bindings may, whichever is older',
      held: { ada: 'asleep:', bob: 'asleep:' },
      bindings: [
        binding('a', 'reader', { wants: 'ada', reactivate: true }),
        binding('b', 'reader', { wants: 'ada bob' }),
        binding('c', 'reader', { wants: 'bob', reactivate: true }),
      ],
      changes: ['ada +reader !', 'bob +reader !'],
      plans: {
        a: { granting: 'ada', own: 'ada' },
        b: { granting: 'ada bob', own: 'ada bob' },
        c: { granting: 'bob', own: 'bob' },
      },
    },
    {
      reason: 'makes nobody active to revoke, nor one that is invited only',
      held: { ada: 'asleep: reader', bob: 'invited:' },
      bindings: [binding('a', 'reader', { wants: 'bob', has: 'ada', reactivate: true })],
      changes: [],
      plans: { a: { own: 'ada', failures: 'ada Inactive, bob Pending' } },
    },
    {
      reason: 'revokes nobody of a role that would be left with too few, and grants all the same',
      held: { ada: 'admin', bob: 'admin', cy: 'reader' },
      bindings: [
        binding('a', 'admin', { wants: 'dan', has: 'ada bob' }),
        binding('b', 'admin', { has: 'bob', ...ending }),
        binding('c', 'reader', { has: 'cy' }),
      ],
      min: { admin: 2 },
      changes: ['cy -reader', 'dan +admin'],
      plans: {
        a: { granting: 'dan', own: 'ada bob dan', failures: 'ada MinHolders, bob MinHolders' },
        b: { own: 'bob', failures: 'bob MinHolders' },
        c: { revoking: 'cy', own: 'cy' },
      },
    },
    {
      reason: 'does not count those who cannot use the role',
      held: { ada: 'admin', bob: 'asleep: admin', cy: 'invited: admin' },
      bindings: [binding('a', 'admin', { has: 'ada' })],
      min: { admin: 1 },
      changes: [],
      plans: { a: { own: 'ada', failures: 'ada MinHolders' } },
    },
    {
      reason: 'minds no limit where nobody is revoked',
      held: { ada: 'admin' },
      bindings: [binding('a', 'admin', { wants: 'ada' })],
      min: { admin: 5 },
      changes: [],
      plans: { a: { held: 'ada' } },
    },
    {
      reason: 'does not take the fallback role from somebody who has no other, and then counts it as the provider’s',
      held: { ada: 'member', bob: 'member other', cy: 'member gone', dan: 'member' },
      bindings: [
        binding('a', 'member', { has: 'ada bob cy dan', ...ending }),
        binding('b', 'gone', { has: 'cy', ...ending }),
        binding('c', 'new', { wants: 'dan' }),
      ],
      fallbackRole: 'member',
      changes: ['bob -member', 'cy -gone', 'dan +new -member'],
      plans: { a: { revoking: 'bob dan', own: 'bob dan' }, b: { revoking: 'cy', own: 'cy' }, c: { granting: 'dan', own: 'dan' } },
    },
  ])('$reason', ({ changes, plans, ...given }) => {
    const result = plan(given);
    expect(told(result)).toEqual(changes);
    for (const [name, expected] of Object.entries(plans)) expect(toldOf(result, name), name).toEqual(expected);
  });
});

describe('planHolders, where a subject can hold one role', () => {
  const single = true;
  const fallbackRole = 'member';

  it.each<Row>([
    {
      reason: 'grants the role in place of the fallback role, which need not be revoked',
      held: { ada: 'member' },
      bindings: [binding('a', 'reader', { wants: 'ada' })],
      changes: ['ada +reader'],
      plans: { a: { granting: 'ada', own: 'ada' } },
    },
    {
      reason: 'gives the role of the oldest binding, whatever the roles are called',
      held: { ada: '' },
      bindings: [
        binding('b', 'admin', { wants: 'ada' }),
        binding('a', 'reader', { wants: 'ada' }),
        binding('c', 'reader', { wants: 'ada' }),
      ],
      changes: ['ada +reader'],
      plans: { a: { granting: 'ada', own: 'ada' }, b: { failures: 'ada Conflict' }, c: { granting: 'ada', own: 'ada' } },
    },
    {
      reason: 'replaces what a younger binding granted',
      held: { ada: 'admin' },
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { wants: 'ada', has: 'ada' })],
      changes: ['ada +reader -admin'],
      plans: { a: { granting: 'ada', own: 'ada' }, b: { revoking: 'ada', own: 'ada', failures: 'ada Conflict' } },
    },
    {
      reason: 'leaves a grant that is to be replaced on the record it is on, not on that of a binding that wants it in vain',
      held: { ada: 'admin' },
      bindings: [
        binding('a', 'reader', { wants: 'ada' }),
        binding('b', 'admin', { wants: 'ada' }),
        binding('c', 'admin', { has: 'ada', ...ending }),
      ],
      changes: ['ada +reader -admin'],
      plans: { a: { granting: 'ada', own: 'ada' }, b: { failures: 'ada Conflict' }, c: { revoking: 'ada', own: 'ada' } },
    },
    {
      reason: 'forgets a grant that was replaced',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', { wants: 'ada', has: 'ada' }), binding('b', 'admin', { wants: 'ada', has: 'ada' })],
      changes: [],
      plans: { a: { held: 'ada', own: 'ada' }, b: { failures: 'ada Conflict' } },
    },
    {
      reason: 'replaces in one change what nobody wants any more',
      held: { ada: 'old' },
      bindings: [binding('a', 'old', { has: 'ada' }), binding('b', 'new', { wants: 'ada' })],
      changes: ['ada +new -old'],
      plans: { a: { revoking: 'ada', own: 'ada' }, b: { granting: 'ada', own: 'ada' } },
    },
    {
      reason: 'does not displace a role that no binding names, or that somebody else granted',
      held: { ada: 'foreign', bob: 'reader', cy: 'reader' },
      bindings: [binding('a', 'admin', { wants: 'ada bob cy' }), binding('b', 'reader', { wants: 'bob' })],
      changes: [],
      plans: { a: { failures: 'ada HoldsOtherRole, bob HoldsOtherRole, cy HoldsOtherRole' }, b: { held: 'bob' } },
    },
    {
      reason: 'does not displace what a frozen binding granted or names, the fallback role included',
      held: { ada: 'reader', bob: 'member', cy: 'reader' },
      bindings: [
        binding('a', 'admin', { wants: 'ada bob cy' }),
        binding('b', 'reader', { has: 'ada', wants: 'cy', ...frozen }),
        binding('c', 'member', { wants: 'bob', ...frozen }),
        binding('d', 'reader', authoritative),
      ],
      changes: [],
      plans: { a: { failures: 'ada HoldsOtherRole, bob HoldsOtherRole, cy HoldsOtherRole' }, b: { held: 'cy', own: 'ada' } },
    },
    {
      reason: 'keeps the record of a role that it cannot give now',
      held: { ada: 'foreign' },
      bindings: [binding('a', 'reader', { wants: 'ada', has: 'ada' })],
      changes: [],
      plans: { a: { own: 'ada', failures: 'ada HoldsOtherRole' } },
    },
    {
      reason: 'displaces what somebody else granted where an Authoritative binding of that role does not want it',
      held: { ada: 'reader' },
      bindings: [binding('a', 'admin', { wants: 'ada' }), binding('b', 'reader', authoritative)],
      changes: ['ada +admin -reader'],
      plans: { a: { granting: 'ada', own: 'ada' }, b: { revoking: 'ada' } },
    },
    {
      reason: 'does not move somebody out of a role that would be left with too few, nor out of the next one because of it',
      held: { ada: 'admin', bob: 'reader' },
      bindings: [
        binding('a', 'reader', { wants: 'ada' }),
        binding('b', 'admin', { has: 'ada' }),
        binding('c', 'reader', { has: 'bob', ...ending }),
      ],
      min: { admin: 1, reader: 1 },
      changes: [],
      plans: {
        a: { failures: 'ada HoldsOtherRole' },
        b: { own: 'ada', failures: 'ada MinHolders' },
        c: { own: 'bob', failures: 'bob MinHolders' },
      },
    },
    {
      reason: 'leaves a younger binding’s role while the older one’s can’t be given',
      held: { ada: 'admin' },
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { wants: 'ada', has: 'ada' })],
      min: { admin: 1 },
      changes: [],
      plans: { a: { failures: 'ada HoldsOtherRole' }, b: { held: 'ada', own: 'ada', failures: 'ada MinHolders' } },
    },
    {
      reason: 'exchanges two roles that need one holder each',
      held: { ada: 'admin', bob: 'reader' },
      bindings: [binding('a', 'reader', { wants: 'ada', has: 'bob' }), binding('b', 'admin', { wants: 'bob', has: 'ada' })],
      min: { admin: 1, reader: 1 },
      changes: ['ada +reader -admin', 'bob +admin -reader'],
      plans: { a: { granting: 'ada', revoking: 'bob', own: 'ada bob' }, b: { granting: 'bob', revoking: 'ada', own: 'ada bob' } },
    },
    {
      reason: 'does not wake somebody for a binding whose role is not given',
      held: { ada: 'asleep: member', bob: 'asleep: foreign' },
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { wants: 'ada bob', reactivate: true })],
      changes: [],
      plans: { a: { failures: 'ada Inactive' }, b: { failures: 'ada Conflict, bob HoldsOtherRole' } },
    },
    {
      reason: 'never revokes the fallback role by itself, and lets its binding go',
      held: { ada: 'member', bob: 'member' },
      bindings: [binding('a', 'member', { has: 'ada bob', ...ending }), binding('b', 'reader', { wants: 'bob' })],
      changes: ['bob +reader'],
      plans: { a: { own: 'bob' }, b: { granting: 'bob', own: 'bob' } },
    },
    {
      reason: 'gives the fallback role in place of another that ends',
      held: { ada: 'reader' },
      bindings: [binding('a', 'reader', { has: 'ada', ...ending }), binding('b', 'member', { wants: 'ada' })],
      changes: ['ada +member -reader'],
      plans: { a: { revoking: 'ada', own: 'ada' }, b: { granting: 'ada', own: 'ada' } },
    },
  ])('$reason', ({ changes, plans, ...given }) => {
    const result = plan({ ...given, single, fallbackRole });
    expect(told(result)).toEqual(changes);
    for (const [name, expected] of Object.entries(plans)) expect(toldOf(result, name), name).toEqual(expected);
  });
});

describe('a change', () => {
  it('says what was seen, which roles are managed and which of them are held afterwards', () => {
    const result = plan({
      held: { ada: 'foreign gone kept' },
      bindings: [
        binding('a', 'reader', { wants: 'ada' }),
        binding('b', 'gone', { has: 'ada', ...ending }),
        binding('c', 'kept', frozen),
        binding('d', 'admin', {}),
      ],
    });
    expect(result.changes).toEqual([
      {
        organization: 'org_1',
        subject: user('ada'),
        add: ['reader'],
        remove: ['gone'],
        managed: ['admin', 'gone', 'kept', 'reader'],
        next: ['kept', 'reader'],
        previous: { subject: user('ada'), roles: ['foreign', 'gone', 'kept'] },
        reactivate: false,
      },
    ]);
  });

  it('has no previous where the subject holds nothing, and no managed fallback role next to the one that takes its place', () => {
    const bindings = [binding('a', 'reader', { wants: 'ada bob' }), binding('b', 'member', { wants: 'ada' })];
    const { changes } = plan({ held: { ada: 'member' }, bindings, single: true, fallbackRole: 'member' });
    expect(changes.map(({ next, remove }) => ({ next, remove }))).toEqual([
      { next: ['reader'], remove: [] },
      { next: ['reader'], remove: [] },
    ]);
    expect(changes[1]).not.toHaveProperty('previous');
  });

  it('is one for subjects of the same id and different kinds each, in the order of their keys', () => {
    const wanted: readonly SubjectRef[] = [
      { kind: 'User', id: 'x' },
      { kind: 'ServiceAccount', id: 'x' },
      { kind: 'Group', id: 'x' },
    ];
    const { changes } = plan({ bindings: [{ ...binding('a', 'reader', {}), wanted }] });
    expect(changes.map(({ subject }) => subjectKey(subject))).toEqual(['Group/x', 'ServiceAccount/x', 'User/x']);
  });
});

describe('a binding’s plan', () => {
  it('announces, besides its own, what others take over and might not have stored yet', () => {
    const result = plan({
      held: { ada: 'reader', bob: 'reader', cy: '' },
      bindings: [binding('a', 'reader', { wants: 'bob', has: 'ada cy' }), binding('b', 'reader', { wants: 'ada', has: 'bob' })],
    });
    const [a, b] = [...result.bindings.values()];
    expect([a?.own, a?.announce]).toEqual([users('bob'), users('ada bob')]);
    expect([b?.own, b?.announce]).toEqual([users('ada'), users('ada bob')]);
  });

  it('is done when nothing is granted or revoked for it, failures or not', () => {
    const result = plan({
      held: { ada: 'reader', bob: 'synced:' },
      bindings: [
        binding('a', 'reader', { wants: 'ada' }),
        binding('b', 'writer', { wants: 'bob' }),
        binding('c', 'other', { wants: 'cy' }),
        binding('d', 'reader', { ...authoritative, wants: 'ada' }),
      ],
    });
    expect([...result.bindings].map(([key, { done }]) => [key.slice(-1), done])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
      ['d', true],
    ]);
  });
});

describe('grantFirst', () => {
  const bindings = [binding('a', 'admin', { wants: 'bob', has: 'ada' }), binding('b', 'reader', { wants: 'bob', has: 'ada' })];
  const held = { ada: 'admin reader', cy: 'reader' };

  it('names the roles that keep their holders only if the grants succeed', () => {
    const result = plan({ held, bindings, min: { admin: 1, reader: 1 } });
    expect(told(result)).toEqual(['ada -admin -reader', 'bob +admin +reader']);
    expect(result.grantFirst).toEqual(['admin']);
  });

  it('is empty where no limit is set', () => {
    expect(plan({ held, bindings }).grantFirst).toEqual([]);
  });
});

describe('the message of a failure', () => {
  const oneRole = { single: true, fallbackRole: 'member' };
  it.each<Given & { reason: string; of: string; says: readonly string[] }>([
    {
      reason: 'Conflict names the older binding, both roles and the field',
      held: {},
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { wants: 'ada' })],
      ...oneRole,
      of: 'b',
      says: ['User "ada"', '"admin"', 'RoleBinding/team/a', '"reader"', 'spec.subjects'],
    },
    {
      reason: 'HoldsOtherRole names the role that somebody else granted',
      held: { ada: 'foreign' },
      bindings: [binding('a', 'reader', { wants: 'ada' })],
      ...oneRole,
      of: 'a',
      says: ['User "ada"', '"reader"', '"foreign"', 'no binding granted', 'spec.subjects'],
    },
    {
      reason: 'HoldsOtherRole names the frozen binding that keeps the role',
      held: { ada: 'admin' },
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { has: 'ada', ...frozen })],
      ...oneRole,
      of: 'a',
      says: ['User "ada"', '"reader"', '"admin"', 'RoleBinding/team/b', 'suspended'],
    },
    {
      reason: 'HoldsOtherRole carries the arithmetic of the role that must not lose a holder',
      held: { ada: 'admin' },
      bindings: [binding('a', 'reader', { wants: 'ada' }), binding('b', 'admin', { has: 'ada' })],
      min: { admin: 1 },
      ...oneRole,
      of: 'a',
      says: ['User "ada"', '"reader"', '"admin"', 'of 1 active holders 1 would go and 0 would come, which leaves 0', 'minHolders is 1'],
    },
    {
      reason: 'MinHolders carries the arithmetic',
      held: { ada: 'admin', bob: 'admin', cy: 'admin' },
      bindings: [binding('a', 'admin', { wants: 'dan', has: 'ada bob cy' })],
      min: { admin: 2 },
      of: 'a',
      says: ['User "ada"', '"admin"', 'of 3 active holders 3 would go and 1 would come, which leaves 1', 'minHolders is 2', 'lower'],
    },
    {
      reason: 'an obstacle to a grant is told in the provider’s words',
      held: { ada: 'invited:' },
      bindings: [binding('a', 'admin', { wants: 'ada' })],
      of: 'a',
      says: ['User "ada"', 'granted', '"admin"', 'It has not accepted the invitation. Wait for it.'],
    },
    {
      reason: 'an obstacle to a revocation is told in the provider’s words',
      held: { ada: 'synced: admin' },
      bindings: [binding('a', 'admin', { has: 'ada' })],
      of: 'a',
      says: ['User "ada"', 'revoked', '"admin"', 'A directory decides. Change it there.'],
    },
  ])('$reason', ({ of, says, ...given }) => {
    const message = plan(given).bindings.get(`RoleBinding/team/${of}`)?.failures[0]?.message ?? '';
    for (const words of says) expect(message).toContain(words);
    expect(message).not.toContain('\n');
    expect(message).toMatch(/\.$/);
  });
});
