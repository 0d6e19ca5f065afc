import { expect } from 'vitest';
import type { FaultRule } from '../../../src/emulators/index.ts';
import type { Capabilities, RolePlan } from '../../../src/model/index.ts';
import type { ConformanceCase } from './case.ts';
import type { Scenario } from './scenario.ts';

/** A fault, for whatever operation. */
export type Fault = Omit<FaultRule, 'operationId'>;

const readable = (capabilities: Capabilities): boolean => capabilities.readable;

/** Answers that say nothing about roles, however they look. */
export const brokenAnswers: readonly { readonly what: string; readonly fault: Fault }[] = [
  { what: 'a 500', fault: { kind: 'status', status: 500 } },
  { what: 'a 503', fault: { kind: 'status', status: 503 } },
  { what: 'a 502 page of a proxy', fault: { kind: 'html', status: 502 } },
  { what: 'a page for people', fault: { kind: 'html' } },
  { what: 'an empty body', fault: { kind: 'emptyBody' } },
  { what: 'a broken document', fault: { kind: 'garbage' } },
  { what: 'half an answer', fault: { kind: 'truncateBody' } },
  { what: 'another shape', fault: { kind: 'wrongShape' } },
  { what: 'a connection that ends without an answer', fault: { kind: 'cut' } },
];

/** An update that changes the permission set, and what has to be there for it. */
async function pendingUpdate(scenario: Scenario): Promise<RolePlan> {
  scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));
  scenario.knowPermissions(5);
  const plan = await scenario.plan(scenario.desired(1, [2, 3]));
  scenario.forgetRequests();
  return plan;
}

const readingFailures: readonly ConformanceCase[] = brokenAnswers.map(({ what, fault }) => ({
  name: `failure: reading, ${what} is transient, is not tried again and leaves nothing behind`,
  applies: readable,
  run: async (scenario) => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.inject('listRoles', fault);

    const error = await scenario.failure(scenario.provider.observe(scenario.organization, scenario.signal));

    expect(error.kind).toBe('transient');
    expect(error.details.ambiguous).toBeUndefined();
    expect(scenario.requests('listRoles')).toHaveLength(1);
    expect(await scenario.observed(scenario.fixture.vocabulary.slug(1))).toBeDefined();
  },
}));

/** All of these reach the server, so it may have acted; where it has, `carryOut` says so. */
const writingFaults: readonly { readonly what: string; readonly fault: Fault; readonly carriedOut: boolean }[] = [
  ...brokenAnswers.map(({ what, fault }) => ({ what, fault, carriedOut: ['truncateBody', 'wrongShape'].includes(fault.kind) })),
  { what: 'a connection lost after the write', fault: { kind: 'cut', carryOut: true }, carriedOut: true },
  { what: 'a page for people after the write', fault: { kind: 'html', carryOut: true }, carriedOut: true },
];

const writingFailures: readonly ConformanceCase[] = writingFaults.map(({ what, fault, carriedOut }) => ({
  name: `failure: writing, ${what} leaves the write open, and doing it again ends as planned`,
  run: async (scenario) => {
    const plan = await pendingUpdate(scenario);
    scenario.inject('setPermissions', fault);

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(scenario.requests('setPermissions')).toHaveLength(1);
    const expected = scenario.stored(1, carriedOut ? [2, 3] : [1, 2]);
    expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(expected);

    await scenario.provider.apply(plan, scenario.signal);
    expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [2, 3]));
  },
}));

/** What providers promise when things go wrong. */
export const failingCases: readonly ConformanceCase[] = [
  ...readingFailures,
  ...writingFailures,
  {
    name: 'failure: reading, no answer in time is transient',
    applies: readable,
    run: async (scenario) => {
      scenario.inject('listRoles', { kind: 'hang' });

      const error = await scenario.timeOut('listRoles', () =>
        scenario.failure(scenario.provider.observe(scenario.organization, scenario.signal)),
      );

      expect(error.kind).toBe('transient');
      expect(error.details.ambiguous).toBeUndefined();
      expect(scenario.calls.at(-1)?.code).toBe('timeout');
    },
  },
  {
    name: 'failure: writing, no answer in time leaves open a write that the server has made',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.inject('setPermissions', { kind: 'hang', carryOut: true });

      const error = await scenario.timeOut('setPermissions', () => scenario.failure(scenario.provider.apply(plan, scenario.signal)));

      expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [2, 3]));
    },
  },
  {
    name: 'failure: creating, a connection lost after the role was made leaves it open, and trying again is a conflict',
    applies: ({ createRole, readable: isReadable }) => createRole && isReadable,
    run: async (scenario) => {
      scenario.knowPermissions(3);
      const plan = await scenario.plan(scenario.desired(1, [1]));
      scenario.inject('createRole', { kind: 'cut', carryOut: true });

      expect(await scenario.failure(scenario.provider.apply(plan, scenario.signal))).toMatchObject({
        kind: 'transient',
        details: { ambiguous: true },
      });
      expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('conflict');
      await scenario.realize(scenario.desired(1, [1]));
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1]));
    },
  },
  {
    name: 'failure: a refused connection is transient, and nothing is left open',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      const unreachable = await scenario.connect({ url: await scenario.deadURL() });

      const error = await scenario.failure(unreachable.apply(plan, scenario.signal));

      expect(error.kind).toBe('transient');
      expect(error.details.ambiguous).toBeUndefined();
      expect((await scenario.failure(unreachable.probe(scenario.signal))).kind).toBe('transient');
    },
  },
  {
    name: 'failure: wrong credentials are unauthorized, and nothing is changed',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      const stranger = await scenario.connect({ credentials: scenario.fixture.wrongCredentials });

      if (scenario.capabilities.readable) {
        expect((await scenario.failure(stranger.observe(scenario.organization, scenario.signal))).kind).toBe('unauthorized');
      }
      const error = await scenario.failure(stranger.apply(plan, scenario.signal));
      expect(error.kind).toBe('unauthorized');
      expect(error.details.ambiguous).toBeUndefined();
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 2]));
    },
  },
  {
    name: 'failure: credentials that expire while we are connected are unauthorized, and nothing is changed',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.fixture.backdoor.expireCredentials();

      expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('unauthorized');
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 2]));
    },
  },
  {
    name: 'failure: reading without the right is forbidden, and is no absence',
    applies: readable,
    run: async (scenario) => {
      scenario.inject('listRoles', { kind: 'status', status: 403 });

      expect((await scenario.failure(scenario.provider.observe(scenario.organization, scenario.signal))).kind).toBe('forbidden');
    },
  },
  {
    name: 'failure: writing without the right is forbidden, and leaves nothing open',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.inject('setPermissions', { kind: 'status', status: 403 });

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'forbidden', details: { status: 403 } });
      expect(error.details.ambiguous).toBeUndefined();
    },
  },
  {
    name: 'failure: a 404 page that is not the API’s is no unknown organization',
    applies: readable,
    run: async (scenario) => {
      scenario.inject('listRoles', { kind: 'html', status: 404 });

      const error = await scenario.failure(scenario.provider.observe(scenario.organization, scenario.signal));

      expect(error.kind).not.toBe('notFound');
    },
  },
  {
    name: 'rate limit: a 429 with Retry-After pauses everybody for that long',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.inject('setPermissions', { kind: 'status', status: 429, headers: { 'retry-after': '7' } });

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'rateLimited', details: { retryAfterMs: 7000 } });
      expect(scenario.limiter.pauses).toEqual([7000]);
    },
  },
  {
    name: 'rate limit: a 429 that does not say how long pauses everybody for a while, and leaves no write open',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.inject('setPermissions', { kind: 'status', status: 429 });

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error.kind).toBe('rateLimited');
      expect(error.details.retryAfterMs).toBeUndefined();
      expect(error.details.ambiguous).toBeUndefined();
      expect(scenario.limiter.pauses).toHaveLength(1);
      expect(scenario.limiter.pauses[0]).toBeGreaterThanOrEqual(1000);
    },
  },
  {
    name: 'secrets: a redirect of a read is not followed, so no credential goes elsewhere',
    applies: readable,
    run: async (scenario) => {
      const stranger = await scenario.stranger();
      scenario.inject('listRoles', { kind: 'status', status: 302, headers: { location: stranger.url } });

      expect((await scenario.failure(scenario.provider.observe(scenario.organization, scenario.signal))).kind).toBe('transient');
      expect(stranger.seen).toEqual([]);
    },
  },
  {
    name: 'secrets: a redirect of a write is not followed, so neither credential nor content goes elsewhere',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      const stranger = await scenario.stranger();
      scenario.inject('setPermissions', { kind: 'status', status: 307, headers: { location: stranger.url } });

      expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('transient');
      expect(stranger.seen).toEqual([]);
    },
  },
  {
    name: 'secrets: an error that repeats the credentials is shown without them',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      const body = scenario.fixture.errorBody(`You sent ${Object.values(scenario.fixture.credentials).join(' and ')} to us`);
      scenario.inject('setPermissions', { kind: 'status', status: 400, body });

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error.kind).toBe('invalid');
      expect(error.message).toContain('You sent');
    },
  },
  {
    name: 'abort: a call under way ends with the reason of its signal',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.inject('setPermissions', { kind: 'hang' });
      const stop = new AbortController();
      const reason = new Error('shutting down');
      const arrived = scenario.fixture.emulator.control.nextRequest({ operationId: scenario.fixture.operations.setPermissions });

      const outcome = scenario.provider.apply(plan, stop.signal).catch((error: unknown) => error);
      await arrived;
      stop.abort(reason);

      expect(await outcome).toBe(reason);
    },
  },
  {
    name: 'abort: nothing is sent for a signal that is aborted already',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      const reason = new Error('too late');
      const aborted = AbortSignal.abort(reason);

      await expect(scenario.provider.apply(plan, aborted)).rejects.toBe(reason);
      await expect(scenario.provider.probe(aborted)).rejects.toBe(reason);
      if (scenario.capabilities.readable) await expect(scenario.provider.observe(scenario.organization, aborted)).rejects.toBe(reason);
      expect(scenario.fixture.emulator.control.journal()).toEqual([]);
    },
  },
  {
    name: 'metrics: every call is reported once, with the operation of the contract and its status',
    run: async (scenario) => {
      const plan = await pendingUpdate(scenario);
      scenario.calls.length = 0;
      scenario.inject('setPermissions', { kind: 'status', status: 500 });
      await scenario.failure(scenario.provider.apply(plan, scenario.signal));
      await scenario.provider.apply(plan, scenario.signal);

      const journal = scenario.fixture.emulator.control.journal();
      expect(journal.length).toBeGreaterThan(1);
      expect(scenario.calls.map(({ operation, code }) => [operation, code])).toEqual(
        journal.map(({ operationId, status }) => [operationId, String(status)]),
      );
    },
  },
];
