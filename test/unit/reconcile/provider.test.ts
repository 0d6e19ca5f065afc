import { describe, expect, it } from 'vitest';
import { type Condition, names, reasons } from '../../../src/api/index.ts';
import { resources } from '../../../src/kube/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { Rig } from '../../support/rig.ts';

const unavailable = new ProviderError('transient', 'GET permissions answered 503', { operation: 'listPermissions', status: 503 });
const refused = new ProviderError('unauthorized', 'PUT role answered 401', { operation: 'updateRole', status: 401 });

function clusterCondition(rig: Rig, type: string): Condition | undefined {
  return rig.kube.clusterProvider('default')?.status?.conditions?.find((entry) => entry.type === type);
}

/** A ClusterRoleProvider and a Role of namespace `team` that wants it. */
async function clusterRig(allowed?: object, labels: Record<string, string> = {}): Promise<Rig> {
  const rig = new Rig();
  rig.addNamespace('team', labels);
  rig.addClusterProvider(allowed === undefined ? {} : { allowedNamespaces: allowed });
  rig.addRole('reader', { providerRef: { kind: 'ClusterRoleProvider' } });
  rig.start();
  await rig.pass();
  return rig;
}

describe('readiness', () => {
  it('says what the provider is and can do, and writes nothing more for hours', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const status = rig.kube.provider('team', 'default')?.status;
    expect(status).toMatchObject({ type: 'fake', roles: 1, bindings: 0, observedGeneration: 1 });
    expect(status?.capabilities).toContain('atomicReplace');
    expect(status?.capabilities).not.toContain('ownershipMark');
    expect(rig.providerCondition('Ready')).toMatchObject({ status: 'True', reason: reasons.Available });
    const writes = rig.kube.writes.length;
    await rig.pass(7_200_000);
    expect(rig.kube.writes).toHaveLength(writes);
    expect(rig.eventReasons('default')).toEqual(['ProviderReady']);
  });

  it('is asked for about once an interval', async () => {
    const rig = await Rig.running();
    const probes = rig.provider.count('probe');
    await rig.pass(3_600_000);
    const made = rig.provider.count('probe') - probes;
    expect(made).toBeGreaterThanOrEqual(5);
    expect(made).toBeLessThanOrEqual(7);
  });

  it.each([
    {
      reason: 'a kind that this build has no driver for',
      spec: { fake: undefined, other: {} },
      says: ['"other"', 'fake'],
      why: reasons.ProviderTypeUnavailable,
    },
    { reason: 'no kind at all', spec: { fake: undefined }, says: ['"nothing"'], why: reasons.ProviderTypeUnavailable },
  ])('is refused to a provider with $reason', async ({ spec, says, why }) => {
    const rig = new Rig();
    rig.addProvider(spec);
    rig.addRole('reader');
    rig.start();
    await rig.pass();
    const ready = rig.providerCondition('Ready');
    expect(ready).toMatchObject({ status: 'False', reason: why });
    for (const part of says) expect(ready?.message).toContain(part);
    expect(rig.providerCondition('Stalled')?.status).toBe('True');
    expect(rig.ready('reader')).toBe('False/ProviderNotReady');
    expect(rig.provider.calls).toEqual([]);
  });

  it('outlasts two failed probes and ends with the third, and comes back', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const fail = (times: number): void => {
      for (let time = 0; time < times; time += 1) rig.provider.faults.push({ operation: 'probe', error: unavailable });
    };
    fail(2);
    await rig.pass(660_000);
    expect(rig.provider.faults).toEqual([]);
    expect(rig.providerCondition('Ready')?.status).toBe('True');
    fail(3);
    await rig.pass(640_000);
    expect(rig.eventReasons('default')).toEqual(['ProviderReady', 'ProviderNotReady', 'ProviderReady']);
    expect(rig.providerCondition('Ready')?.status).toBe('True');
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('ends at once when the credentials are refused', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.accepted = 'another key';
    rig.addRole('reader', { permissions: ['c'] });
    await rig.pass(2_000);
    expect(rig.providerCondition('Ready')).toMatchObject({ status: 'False', reason: reasons.CredentialsInvalid });
    await rig.pass(10_000);
    expect(rig.ready('reader')).toBe('False/ProviderNotReady');
    expect(rig.condition('reader', 'Ready')?.message).toContain('CredentialsInvalid');
  });

  it('is looked at again at once when a call fails in a way that may concern everybody', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const probes = rig.provider.count('probe');
    rig.provider.faults.push({ operation: 'apply', error: refused });
    rig.addRole('reader', { permissions: ['c'] });
    await rig.pass(400);
    expect(rig.provider.count('probe')).toBe(probes + 1);
    expect(rig.providerCondition('Ready')?.status).toBe('True');
    await rig.pass(30_000);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('is looked at when asked to, and acknowledged', async () => {
    const rig = await Rig.running();
    const probes = rig.provider.count('probe');
    const object = rig.kube.provider('team', 'default');
    if (object === undefined) throw new Error('no provider');
    rig.kube.apply(resources.roleProviders, {
      ...object,
      metadata: { ...object.metadata, annotations: { [names.reconcileRequestedAt]: 'now' } },
    });
    await rig.pass(1_000);
    expect(rig.provider.count('probe')).toBe(probes + 1);
    expect(rig.kube.provider('team', 'default')?.status?.lastHandledReconcileAt).toBe('now');
  });
});

describe('credentials', () => {
  it('that are rotated need no restart: the new key is used, the old connection is closed later', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.accepted = 'sk_new';
    rig.addSecret({ apiKey: 'sk_new' });
    await rig.pass(40_000);
    expect(rig.provider.connections.map(({ apiKeySecretRef }) => apiKeySecretRef)).toEqual(['sk_test', 'sk_new']);
    expect(rig.provider.closed).toBe(0);
    rig.addRole('reader', { permissions: ['c'] });
    await rig.pass(5_000);
    expect(rig.ready('reader')).toBe('True/Available');
    await rig.pass(120_000);
    expect(rig.provider.closed).toBe(1);
    expect(rig.eventReasons('default')).toEqual(['ProviderReady']);
  });

  it('that are refused are read again at once', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.accepted = 'sk_new';
    rig.addSecret({ apiKey: 'sk_new' });
    rig.addRole('reader', { permissions: ['c'] });
    await rig.pass(3_000);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('that do not change cause no new connection', async () => {
    const rig = await Rig.running();
    await rig.pass(3_600_000);
    expect(rig.provider.connections).toHaveLength(1);
  });

  it('appear nowhere', async () => {
    const rig = new Rig();
    rig.addProvider();
    rig.addSecret({ apiKey: 'sk_very_secret' });
    rig.provider.accepted = 'another';
    rig.addRole('reader');
    rig.start();
    await rig.pass(60_000);
    rig.provider.accepted = undefined;
    await rig.pass(60_000);
    const told = JSON.stringify([rig.kube.provider('team', 'default'), rig.kube.roles, rig.events, rig.logged]);
    expect(told).not.toContain('sk_very_secret');
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it.each([
    { reason: 'the Secret is missing', data: undefined, why: reasons.SecretNotFound },
    { reason: 'the key is missing', data: { other: 'x' }, why: reasons.SecretKeyNotFound },
    { reason: 'the value is blank', data: { apiKey: ' \n' }, why: reasons.SecretKeyNotFound },
  ])('say that $reason and are picked up when it is mended', async ({ data, why }) => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    if (data === undefined) rig.deleteSecret();
    else rig.addSecret(data);
    await rig.pass(40_000);
    expect(rig.providerCondition('Ready')).toMatchObject({ status: 'False', reason: why });
    expect(rig.providerCondition('Ready')?.message).toContain('"team/key"');
    expect(rig.ready('reader')).toBe('False/ProviderNotReady');
    rig.addSecret();
    await rig.pass(20_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.count('apply')).toBe(1);
  });
});

describe('a ClusterRoleProvider', () => {
  it.each([
    { reason: 'nobody unless it says so', allowed: undefined, labels: { team: 'a' } },
    { reason: 'not a namespace that it does not name', allowed: { names: ['other', 'teams'] }, labels: {} },
    { reason: 'nobody with an empty selector', allowed: { selector: {} }, labels: { team: 'a' } },
    { reason: 'not a namespace whose labels differ', allowed: { selector: { matchLabels: { team: 'b' } } }, labels: { team: 'a' } },
  ])('lets in $reason', async ({ allowed, labels }) => {
    const rig = await clusterRig(allowed, labels);
    expect(clusterCondition(rig, 'Ready')?.status).toBe('True');
    expect(rig.ready('reader')).toBe('False/NamespaceNotAllowed');
    expect(rig.condition('reader', 'Stalled')?.message).toContain('"team"');
    expect(rig.provider.count('observe') + rig.provider.count('apply')).toBe(0);
  });

  it.each([
    { reason: 'a namespace that it names', allowed: { names: ['team'] }, labels: {} },
    { reason: 'everybody with a star', allowed: { names: ['*'] }, labels: {} },
    { reason: 'a namespace by its labels', allowed: { selector: { matchLabels: { team: 'a' } } }, labels: { team: 'a' } },
  ])('lets in $reason', async ({ allowed, labels }) => {
    const rig = await clusterRig(allowed, labels);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.kube.clusterProvider('default')?.status).toMatchObject({ roles: 1 });
  });

  it('hears at once when it is changed to allow a namespace, and when it is changed back', async () => {
    const rig = await clusterRig();
    rig.addClusterProvider({ allowedNamespaces: { names: ['team'] } });
    await rig.pass(2_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.addClusterProvider({ allowedNamespaces: { names: ['other'] } });
    await rig.pass(2_000);
    expect(rig.ready('reader')).toBe('False/NamespaceNotAllowed');
    const applied = rig.provider.count('apply');
    rig.provider.put('org_1', 'reader', ['e']);
    rig.addRole('reader', { providerRef: { kind: 'ClusterRoleProvider' }, permissions: ['c'] });
    await rig.pass(700_000);
    expect(rig.provider.count('apply')).toBe(applied);
  });

  it('hears at once when the labels of a namespace change', async () => {
    const rig = await clusterRig({ selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'b'] }] } });
    expect(rig.ready('reader')).toBe('False/NamespaceNotAllowed');
    rig.addNamespace('team', { team: 'b' });
    await rig.pass(2_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.addNamespace('team', { team: 'c' });
    await rig.pass(2_000);
    expect(rig.ready('reader')).toBe('False/NamespaceNotAllowed');
  });

  it('lets an object of a namespace that it no longer allows go, and leaves the role', async () => {
    const rig = await clusterRig({ names: ['team'] });
    rig.addRole('reader', { providerRef: { kind: 'ClusterRoleProvider' }, deletionPolicy: 'Delete' });
    await rig.pass();
    rig.addClusterProvider({});
    await rig.pass();
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.provider.count('remove')).toBe(0);
  });
});

describe('a provider that is in use', () => {
  it('is held from its first user on, names its users when it is deleted, serves them, and goes with the last', async () => {
    const rig = await Rig.running();
    await rig.pass(60_000);
    expect(rig.kube.provider('team', 'default')?.metadata.finalizers ?? []).toEqual([]);
    for (let index = 0; index < 12; index += 1) rig.addRole(`role-${index}`);
    await rig.pass(10_000);
    expect(rig.kube.provider('team', 'default')?.metadata.finalizers).toEqual([names.inUseFinalizer]);
    rig.deleteProvider();
    await rig.pass(10_000);
    expect(rig.providerCondition('InUse')).toMatchObject({ status: 'True', reason: reasons.InUse });
    expect(rig.providerCondition('InUse')?.message).toMatch(/Role team\/role-0, .* and 2 more/);
    expect(rig.eventReasons('default').filter((reason) => reason === 'DeletionBlocked')).toHaveLength(1);
    rig.addRole('role-0', { permissions: ['c'] });
    await rig.pass(10_000);
    expect(rig.provider.get('org_1', 'role-0')?.permissions).toEqual(['c']);
    for (let index = 0; index < 12; index += 1) rig.deleteRole(`role-${index}`);
    await rig.pass(10_000);
    expect(rig.kube.provider('team', 'default')).toBeUndefined();
    await rig.pass(130_000);
    expect(rig.provider.closed).toBe(1);
  });

  it('keeps finalizers of others', async () => {
    const rig = await Rig.running();
    const object = rig.kube.provider('team', 'default');
    if (object === undefined) throw new Error('no provider');
    rig.kube.apply(resources.roleProviders, { ...object, metadata: { ...object.metadata, finalizers: ['example.com/other'] } });
    rig.addRole('reader');
    await rig.pass(10_000);
    expect(rig.kube.provider('team', 'default')?.metadata.finalizers).toEqual(['example.com/other', names.inUseFinalizer]);
    rig.deleteRole('reader');
    rig.deleteProvider();
    await rig.pass(10_000);
    expect(rig.kube.provider('team', 'default')?.metadata.finalizers).toEqual(['example.com/other']);
  });

  it('goes at once when nobody uses it', async () => {
    const rig = await Rig.running();
    rig.deleteProvider();
    expect(rig.kube.provider('team', 'default')).toBeUndefined();
    await rig.pass(10_000);
    expect(rig.logged).toEqual([]);
  });

  it('never keeps a namespace that goes as a whole', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(10_000);
    rig.provider.faults.push(...Array.from({ length: 500 }, () => ({ operation: 'observe' as const, error: unavailable })));
    rig.deleteSecret();
    rig.deleteRole('reader');
    rig.deleteProvider();
    await rig.pass(400_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.kube.provider('team', 'default')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
  });

  it('never keeps a namespace that goes as a whole, not even when its provider is refused', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(10_000);
    rig.addProvider({ fake: undefined, unknown: {} });
    await rig.pass(10_000);
    expect(rig.ready('reader')).toBe('False/ProviderNotReady');
    rig.deleteSecret();
    rig.deleteRole('reader');
    rig.deleteProvider();
    await rig.pass(400_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.kube.provider('team', 'default')).toBeUndefined();
  });
});

describe('several Roles of a provider', () => {
  it('wait together while it asks to slow down, and nothing is called', async () => {
    const rig = await Rig.running();
    for (const name of ['one', 'two', 'three']) rig.addRole(name);
    await rig.pass(60_000);
    rig.pause(30_000);
    const calls = rig.provider.calls.length;
    for (const name of ['one', 'two', 'three']) rig.addRole(name, { permissions: ['c'] });
    await rig.pass(29_000);
    expect(rig.provider.calls).toHaveLength(calls);
    await rig.pass(5_000);
    expect(['one', 'two', 'three'].map((name) => rig.ready(name))).toEqual(Array.from({ length: 3 }, () => 'True/Available'));
  });

  it('stop writing when one of them is told to slow down', async () => {
    const rig = await Rig.running();
    for (let index = 0; index < 10; index += 1) rig.addRole(`role-${index}`);
    await rig.pass(60_000);
    rig.provider.faults.push({
      operation: 'apply',
      error: new ProviderError('rateLimited', 'PUT answered 429', { operation: 'updateRole', status: 429, retryAfterMs: 20_000 }),
    });
    const applied = rig.provider.count('apply');
    rig.stop();
    for (let index = 0; index < 10; index += 1) rig.addRole(`role-${index}`, { permissions: ['c'] });
    rig.start();
    await rig.pass(300);
    expect(rig.provider.count('apply') - applied).toBe(1);
    await rig.pass(60_000);
    expect(rig.ready('role-9')).toBe('True/Available');
  });

  it('follow a changed interval', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.addProvider({ interval: '1m' });
    await rig.pass(60_000);
    const lists = rig.provider.count('observe');
    await rig.pass(600_000);
    expect(rig.provider.count('observe') - lists).toBeGreaterThanOrEqual(9);
  });
});
