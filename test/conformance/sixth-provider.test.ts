import { describe, expect, it } from 'vitest';
import { apiVersion } from '../../src/api/index.ts';
import { validateManifest } from '../../src/api/validate.ts';
import { systemClock } from '../../src/lib/index.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { InProcessHttp } from '../support/in-process-http.ts';
import { Rig } from '../support/rig.ts';
import { sixthEmulator } from '../support/sixth-provider/emulator.ts';
import { sixthDriver } from '../support/sixth-provider/index.ts';
import { runProviderConformance } from './provider-suite.ts';
import { startSixth } from './sixth-provider-fixture.ts';

runProviderConformance({
  name: 'sixth',
  start: startSixth,
  skip: [
    { case: 'catalogue: *', reason: 'The service takes permissions as free text and has no catalogue.' },
    {
      case: 'permissions: an unknown one is refused by name and the set stays as it is',
      reason: 'No permission is unknown to the service.',
    },
    {
      case: 'permissions: those that the plan wants created are created first, and one that exists meanwhile is fine',
      reason: 'There is no catalogue to create them in.',
    },
    { case: 'observe: marks the roles of the system', reason: 'The service has no roles of its own.' },
    { case: 'update: a role of the system is refused before anything is sent', reason: 'The service has no roles of its own.' },
    { case: 'remove: a role of the system is refused before anything is sent', reason: 'The service has no roles of its own.' },
  ],
});

const address = 'https://sixth.example';

interface StoredRole {
  readonly slug: string;
  readonly title: string;
  readonly note: string;
  readonly permissions: readonly string[];
}

/** The operator, a RoleProvider that sets the block of the sixth provider, and the service behind it. */
class World {
  readonly rig = new Rig();
  readonly api = sixthEmulator.create({ clock: systemClock });
  readonly http = new InProcessHttp(this.api);

  static async running(drivers: readonly ProviderDriver[]): Promise<World> {
    const world = new World();
    const { rig } = world;
    world.api.load({ apiKey: 'sk_test', organizations: { org_1: [] } });
    rig.http = world.http;
    rig.drivers.push(...drivers);
    rig.addProvider({ fake: undefined, sixth: { baseURL: address, apiKeySecretRef: { name: 'key', key: 'apiKey' } } });
    rig.start();
    await rig.pass();
    return world;
  }

  get roles(): readonly StoredRole[] {
    return (this.api.dump() as unknown as { readonly organizations: { readonly org_1: readonly StoredRole[] } }).organizations.org_1;
  }
}

/** The one line. */
const drivers = [sixthDriver as ProviderDriver];

describe('a sixth provider in the operator', () => {
  it('is connected and found ready by its block alone', async () => {
    const { rig, http } = await World.running(drivers);

    expect(rig.providerCondition('Ready')).toMatchObject({ status: 'True' });
    expect(rig.kube.provider('team', 'default')?.status).toMatchObject({ type: 'sixth' });
    expect(http.sent).toContainEqual({ operationId: 'whoAmI', method: 'GET' });
  });

  it('is not known without the line', async () => {
    const { rig, http } = await World.running([]);

    expect(rig.providerCondition('Ready')).toMatchObject({ status: 'False', reason: 'ProviderTypeUnavailable' });
    expect(http.sent).toEqual([]);
  });

  it('creates, changes, repairs and deletes a role', async () => {
    const world = await World.running(drivers);
    const { rig, api } = world;
    const spec = { deletionPolicy: 'Delete', displayName: 'Editor', permissions: ['b', 'a'] } as const;

    rig.addRole('editor', spec);
    await rig.pass();
    expect(rig.ready('editor')).toBe('True/Available');
    expect(world.roles).toMatchObject([{ slug: 'editor', title: 'Editor', permissions: ['a', 'b'] }]);

    rig.addRole('editor', { ...spec, permissions: ['b', 'c'] });
    await rig.pass();
    expect(world.roles).toMatchObject([{ slug: 'editor', permissions: ['b', 'c'] }]);
    expect(rig.condition('editor', 'Ready')).toMatchObject({ status: 'True', observedGeneration: 2 });

    api.act('putRole', { organization: 'org_1', role: { slug: 'editor', title: 'Editor', note: '', permissions: ['c', 'x'] } });
    await rig.pass(1_200_000);
    expect(world.roles).toMatchObject([{ slug: 'editor', permissions: ['b', 'c'] }]);
    expect(rig.eventReasons('editor')).toContain('DriftCorrected');

    rig.deleteRole('editor');
    await rig.pass();
    expect(world.roles).toEqual([]);
    expect(rig.role('editor')).toBeUndefined();
  });

  it('is written nothing to while it holds what is declared', async () => {
    const { rig, http } = await World.running(drivers);
    rig.addRole('editor');
    await rig.pass(600_000);
    http.sent.length = 0;

    await rig.pass(1_200_000);

    expect(http.sent.length).toBeGreaterThan(0);
    expect(http.sent.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('refuses a spec that only the service would refuse, without asking it', async () => {
    const { rig, http } = await World.running(drivers);
    http.sent.length = 0;
    rig.addRole('editor', { slug: 'Editor' });
    await rig.pass();

    expect(rig.condition('editor', 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(http.sent).toEqual([]);
  });

  it('needs a block in the API besides: without one an API server refuses its settings', () => {
    const spec = { sixth: { baseURL: address, apiKeySecretRef: { name: 'key', key: 'apiKey' } } };
    const check = validateManifest({ apiVersion, kind: 'RoleProvider', metadata: { name: 'default', namespace: 'team' }, spec });

    expect(check.ok ? [] : check.problems.map(({ path }) => path)).toEqual(['spec.sixth']);
  });
});
