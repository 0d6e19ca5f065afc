import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { Rig } from '../../support/rig.ts';
import { Oracle } from './oracle.ts';

/** More calls than any of the scenarios makes, so that the last crash comes after all work is done. */
const mostCalls = 40;

interface Scenario {
  readonly reason: string;
  /** What is there before, in place and settled. */
  readonly given: (rig: Rig, oracle: Oracle) => void;
  /** What happens then; every crash is tried in the work that it causes. */
  readonly when: (rig: Rig, oracle: Oracle) => void;
  /** What must be at the provider in the end. */
  readonly permissions: readonly string[] | undefined;
  /** What the object must say in the end; undefined: it must be gone. */
  readonly ready: string | undefined;
  readonly ownership?: 'Created' | 'Adopted';
}

const reader = { organization: 'org_1', slug: 'reader' };

const scenarios: readonly Scenario[] = [
  {
    reason: 'a create',
    given: () => undefined,
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never', deletionPolicy: 'Delete' }),
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Created',
  },
  {
    reason: 'a create of a role without permissions',
    given: () => undefined,
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never', permissions: [], allowEmpty: true }),
    permissions: [],
    ready: 'True/Available',
    ownership: 'Created',
  },
  {
    reason: 'an update',
    given: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never' }),
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never', permissions: ['b', 'c'] }),
    permissions: ['b', 'c'],
    ready: 'True/Available',
    ownership: 'Created',
  },
  {
    reason: 'drift',
    given: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never' }),
    when: (rig, oracle) => {
      oracle.othersPut(reader, ['a', 'b', 'e']);
      rig.addRole('reader', { adoptionPolicy: 'Never' }, { annotations: { [names.reconcileRequestedAt]: 'now' } });
    },
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Created',
  },
  {
    reason: 'a role that vanished',
    given: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never' }),
    when: (rig, oracle) => {
      oracle.othersRemove(reader);
      rig.addRole('reader', { adoptionPolicy: 'Never' }, { annotations: { [names.reconcileRequestedAt]: 'now' } });
    },
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Created',
  },
  {
    reason: 'an adoption that changes the role',
    given: (_rig, oracle) => oracle.othersPut(reader, ['a']),
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'Always', deletionPolicy: 'Delete' }),
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Adopted',
  },
  {
    reason: 'an adoption that finds the role as declared',
    given: (_rig, oracle) => oracle.othersPut(reader, ['a', 'b']),
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'IfIdentical' }),
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Adopted',
  },
  {
    reason: 'an adoption that is refused',
    given: (_rig, oracle) => oracle.othersPut(reader, ['a', 'e']),
    when: (rig) => rig.addRole('reader', { adoptionPolicy: 'Never' }),
    permissions: ['a', 'e'],
    ready: 'False/AdoptionRefused',
  },
  {
    reason: 'a deletion',
    given: (rig) => rig.addRole('reader', { deletionPolicy: 'Delete' }),
    when: (rig, oracle) => deleteReader(rig, oracle),
    permissions: undefined,
    ready: undefined,
  },
  {
    reason: 'a deletion that leaves the role',
    given: (rig) => rig.addRole('reader', { deletionPolicy: 'Retain' }),
    when: (rig, oracle) => deleteReader(rig, oracle),
    permissions: ['a', 'b'],
    ready: undefined,
  },
  {
    reason: 'a deletion of an object whose role others made anew',
    given: (rig) => rig.addRole('reader', { deletionPolicy: 'Delete' }),
    when: (rig, oracle) => {
      oracle.othersRemove(reader);
      oracle.othersPut(reader, ['a', 'b']);
      deleteReader(rig, oracle);
    },
    permissions: ['a', 'b'],
    ready: undefined,
  },
  {
    reason: 'a change of policy from Retain to Delete',
    given: (rig) => rig.addRole('reader', { deletionPolicy: 'Retain' }),
    when: (rig) => rig.addRole('reader', { deletionPolicy: 'Delete' }),
    permissions: ['a', 'b'],
    ready: 'True/Available',
    ownership: 'Created',
  },
];

function deleteReader(rig: Rig, oracle: Oracle): void {
  const role = rig.role('reader');
  if (role !== undefined) oracle.deleting(role, false);
  rig.deleteRole('reader');
}

/** Object and provider at the end, and that nothing is done any more. */
async function expectEnd(rig: Rig, oracle: Oracle, scenario: Scenario, where: string): Promise<void> {
  await rig.pass(130_000);
  expect(oracle.final(), where).toEqual([]);
  expect(rig.provider.get('org_1', 'reader')?.permissions, where).toEqual(scenario.permissions);
  if (scenario.ready === undefined) expect(rig.role('reader'), where).toBeUndefined();
  else expect(rig.ready('reader'), where).toBe(scenario.ready);
  if (scenario.ownership !== undefined) expect(rig.role('reader')?.status?.ownership, where).toBe(scenario.ownership);
  const writes = [rig.kube.writes.length, rig.provider.count('apply'), rig.provider.count('remove')];
  await rig.pass(130_000);
  expect([rig.kube.writes.length, rig.provider.count('apply'), rig.provider.count('remove')], where).toEqual(writes);
  rig.stop();
}

/** A world in which what a scenario takes for granted has come about. */
async function given(scenario: Scenario): Promise<{ readonly rig: Rig; readonly oracle: Oracle }> {
  const rig = new Rig();
  const oracle = new Oracle(rig, 0);
  rig.addProvider({ interval: '1m' });
  rig.start();
  await rig.pass();
  scenario.given(rig, oracle);
  await rig.pass(20_000);
  return { rig, oracle };
}

/** Lets the operator die at one of its calls, start again, and settle. Gives back whether it died. */
async function dieAt(scenario: Scenario, call: number, phase: 'before' | 'after', again: number | undefined): Promise<boolean> {
  const { rig, oracle } = await given(scenario);
  rig.crashAt({ call, when: phase });
  scenario.when(rig, oracle);
  await rig.pass();
  const died = !rig.running;
  if (died) {
    rig.start(again === undefined ? undefined : { call: again, when: phase });
    await rig.pass();
    if (!rig.running) rig.start();
  }
  const where = `${scenario.reason}, killed ${phase} call ${call}${again === undefined ? '' : ` and ${phase} call ${again} of the next start`}`;
  await expectEnd(rig, oracle, scenario, where);
  return died;
}

describe.each(['before', 'after'] as const)('killed %s any call', (phase) => {
  it.each(scenarios)('$reason comes to the same end', async (scenario) => {
    let steps = 0;
    for (let call = 1; call <= mostCalls; call += 1) {
      if (!(await dieAt(scenario, call, phase, undefined))) break;
      steps = call;
      // Twice in a row: what the first left behind must not mislead the next start into leaving something worse.
      for (let again = 1; again <= 6; again += 1) await dieAt(scenario, call, phase, again);
    }
    expect(steps).toBeLessThan(mostCalls);
    if (scenario.reason !== 'a deletion that leaves the role') expect(steps).toBeGreaterThan(0);
  });
});

describe('killed amid a write that takes the provider several steps', () => {
  it.each(scenarios)('$reason comes to the same end', async (scenario) => {
    const { rig, oracle } = await given(scenario);
    rig.provider.faults.push({ operation: 'apply', half: true, error: new Error('killed') });
    const { onOutcome } = rig.provider;
    rig.provider.onOutcome = (call, fault) => {
      onOutcome(call, fault);
      if (fault?.half === true) rig.stop();
    };
    scenario.when(rig, oracle);
    await rig.pass();
    oracle.died();
    rig.provider.faults.length = 0;
    if (!rig.running) rig.start();
    await expectEnd(rig, oracle, scenario, scenario.reason);
  });
});

describe('a lease that may have passed to another', () => {
  it.each(scenarios)('keeps $reason from being written from that moment on', async (scenario) => {
    for (let call = 1; call <= mostCalls; call += 1) {
      const { rig, oracle } = await given(scenario);
      let calls = 0;
      let writes: readonly number[] | undefined;
      const count = (): readonly number[] => [rig.kube.writes.length, rig.provider.count('apply'), rig.provider.count('remove')];
      const { onOutcome } = rig.provider;
      rig.provider.onOutcome = (made, fault) => {
        onOutcome(made, fault);
        calls += 1;
        if (calls !== call) return;
        rig.mayWrite = false;
        writes = count();
      };
      scenario.when(rig, oracle);
      await rig.pass();
      if (writes === undefined) break;
      expect(count(), `after provider call ${call}`).toEqual(writes);
      rig.mayWrite = true;
      await rig.pass(400_000);
      await expectEnd(rig, oracle, scenario, `${scenario.reason}, lease lost after provider call ${call}`);
    }
  });
});
