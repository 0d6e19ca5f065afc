import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { FrontierCalls } from './client.ts';
import { RoleDirectory, RoleNames } from './role-names.ts';

const role = (name: string, id: string) => ({ name, id, title: '', permissions: [], scopes: [], metadata: {} });
const { signal } = new AbortController();

/** A server whose roles are counted whenever somebody asks for them. */
function server(own: string[]) {
  const calls: string[] = [];
  const client = {
    listOrganizationRoles: async (organization: string) => {
      calls.push(organization);
      return own.map((name) => role(name, `own-${name}`));
    },
    listRoles: async () => {
      calls.push('platform');
      return ['viewer', 'owner'].map((name) => role(name, `platform-${name}`));
    },
  } as unknown as FrontierCalls;
  const clock = new VirtualClock();
  return { calls, clock, roles: new RoleDirectory({ client, clock }) };
}

describe('names of roles', () => {
  it('are one role each, the first one, and hide the others', () => {
    const names = new RoleNames([role('a', '1'), role('b', '2'), role('a', '3')]);

    expect([names.idOf('a'), names.idOf('b'), names.idOf('c')]).toEqual(['1', '2', undefined]);
    expect([names.nameOf('1'), names.nameOf('2'), names.nameOf('3')]).toEqual(['a', 'b', undefined]);
    expect([names.has([]), names.has(['a', 'b']), names.has(['a', 'c'])]).toEqual([true, true, false]);
  });

  it('are the organization’s, and the platform’s only where one is asked for that isn’t', async () => {
    const { roles, calls } = server(['editor', 'viewer']);

    expect((await roles.read('o', ['editor'], signal)).idOf('owner')).toBeUndefined();
    expect(calls).toEqual(['o']);
    const names = await roles.read('o', ['owner'], signal);
    expect(calls).toEqual(['o', 'o', 'platform']);
    expect([names.idOf('owner'), names.idOf('viewer'), names.nameOf('platform-viewer')]).toEqual([
      'platform-owner',
      'own-viewer',
      undefined,
    ]);
  });

  it('are remembered for a minute, for each organization by itself, unless one is new or they are to be forgotten', async () => {
    const own = ['editor'];
    const { roles, calls, clock } = server(own);
    const known = async (organization: string, ...names: readonly string[]): Promise<number> => {
      calls.length = 0;
      await roles.known(organization, names, signal);
      return calls.length;
    };

    expect(await known('o', 'editor')).toBe(1);
    expect(await known('o', 'editor')).toBe(0);
    expect(await known('p', 'editor')).toBe(1);
    own.push('auditor');
    expect(await known('o', 'auditor')).toBe(1);
    expect(await known('o', 'nobody')).toBe(2);
    expect(await known('o', 'nobody')).toBe(2);
    roles.forget('o');
    expect(await known('o', 'editor')).toBe(1);
    await clock.advance(60_000);
    expect(await known('o', 'editor')).toBe(1);
  });
});
