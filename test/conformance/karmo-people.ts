import type { EmulatorControl } from '../../src/emulators/index.ts';
import type { SubjectRef } from '../../src/model/index.ts';
import type { People, Person } from './suite/fixture.ts';

/** A member as both emulators dump one. */
interface MemberDump {
  readonly user: string;
  readonly status: string;
  readonly roles: readonly string[];
}

interface Dump {
  readonly users: readonly { readonly id: string; readonly email: string }[];
  readonly organizations: readonly { readonly id: string; readonly members: readonly MemberDump[] }[];
}

const pad = (number: number): string => String(number).padStart(4, '0');

/** The members of an organization, in either emulator. */
export function membersOf(control: EmulatorControl, organization: string): readonly MemberDump[] {
  return (control.state() as unknown as Dump).organizations.find(({ id }) => id === organization)?.members ?? [];
}

/** Makes one emulator have the members that another has, and the users that they are. */
export function carryMembers(from: EmulatorControl, to: EmulatorControl, organization: string): void {
  const [wanted, present] = [membersOf(from, organization), membersOf(to, organization)];
  const known = new Set((to.state() as unknown as Dump).users.map(({ id }) => id));
  for (const { id, email } of (from.state() as unknown as Dump).users) if (!known.has(id)) to.act('putUser', { user: { id, email } });
  for (const { user, roles, status } of wanted) {
    const same = present.find((member) => member.user === user);
    if (same?.status === status && [...same.roles].sort().join() === [...roles].sort().join()) continue;
    to.act('putMember', { organization, member: { user, roles, status } });
  }
  for (const { user } of present) {
    if (!wanted.some((member) => member.user === user)) to.act('deleteMember', { organization, user });
  }
}

/** Of which the people are made. */
export interface KarmoPeopleParts {
  readonly organization: string;
  /** Karmo's, whose state counts. */
  readonly karmo: EmulatorControl;
  /** WorkOS behind it, where that is read. */
  readonly workos?: EmulatorControl;
}

/** Users of an organization behind Karmo. Nobody is a member who wasn't given a role. */
export function karmoPeople({ organization, karmo, workos }: KarmoPeopleParts): People {
  const act = (action: string, args: unknown): void => {
    workos?.act(action, args);
    karmo.act(action, args);
  };
  const memberOf = ({ id }: SubjectRef): MemberDump | undefined => membersOf(karmo, organization).find(({ user }) => user === id);
  const person = (number: number): Person => ({ id: `user_01PERSON${pad(number)}`, email: `Person-${number}@example.com` });
  const holdAction: People['holdAction'] = ({ id: user }, roles) =>
    roles.length === 0
      ? { action: 'deleteMember', args: { organization, user } }
      : { action: 'putMember', args: { organization, member: { user, roles: [...roles] } } };
  return {
    operations: {
      listHolders: workos === undefined ? [] : ['listOrganizationMemberships'],
      readHolder: [],
      grant: ['linkUserToOrganization'],
      revoke: ['linkUserToOrganization'],
      findUser: ['listUsers'],
    },
    user: (number) => {
      act('putUser', { user: person(number) });
      return person(number);
    },
    unknownID: 'user_01NOBODY',
    malformedIDs: workos === undefined ? ['.', '..'] : ['person-1@example.com', 'om_01PERSON0001', '.', '..'],
    unknownEmail: 'nobody@example.com',
    shareEmail: () => {
      for (const id of ['user_01TWIN1', 'user_01TWIN2']) {
        act('putUser', { user: { id, email: 'twins@example.com' } });
        act('putMember', { organization, member: { user: id } });
      }
      return 'twins@example.com';
    },
    emailCaseMatters: false,
    manyHolders: 230,
    hold: (subject, roles) => {
      const { action, args } = holdAction(subject, roles);
      act(action, args);
    },
    holdAction,
    held: (subject) => [...(memberOf(subject)?.roles ?? [])].sort(),
    obstacles: workos === undefined ? ['Inactive', 'Pending'] : ['Inactive', 'Pending', 'DirectoryManaged'],
    obstruct: ({ id: user }, roles, reason) => {
      const status = reason === 'Inactive' ? 'inactive' : reason === 'Pending' ? 'pending' : 'active';
      const member = { user, roles, status };
      karmo.act('putMember', { organization, member });
      workos?.act('putMember', { organization, member: { ...member, directoryManaged: reason === 'DirectoryManaged' } });
    },
    isActive: (subject) => memberOf(subject)?.status === 'active',
  };
}
