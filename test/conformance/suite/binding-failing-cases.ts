import { expect } from 'vitest';
import type { Capabilities, HoldingChange } from '../../../src/model/index.ts';
import type { BindingCase, BindingScenario } from './binding-scenario.ts';
import { brokenAnswers, type Fault } from './failing-cases.ts';

const reads = ({ readBindings }: Capabilities): boolean => readBindings;
const unread = 'Who holds a role can not be read.';

/** Somebody who is to be given a role, with the role that stays where there can be one. */
interface Pending {
  readonly change: HoldingChange;
  apply(signal?: AbortSignal): Promise<unknown>;
  /** What is held before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  held(): readonly string[];
}

/** A grant that is about to be made. */
function pendingGrant(scenario: BindingScenario): Pending {
  const before = scenario.capabilities.multipleRolesPerUser ? [scenario.role(2)] : [];
  const user = scenario.user(1, ...before);
  const change = scenario.change(user, { add: [scenario.role(1)] });
  scenario.forgetRequests();
  return {
    change,
    apply: (signal = scenario.signal) => scenario.holders.apply(change, signal),
    before,
    after: [scenario.role(1), ...before],
    held: () => scenario.people.held(user),
  };
}

const readingFailures: readonly BindingCase[] = brokenAnswers.map(({ what, fault }) => ({
  name: `failure: reading holders, ${what} is transient, is not tried again and leaves nothing behind`,
  applies: reads,
  otherwise: unread,
  run: async (scenario) => {
    const slug = scenario.role(1);
    const { id } = scenario.user(1, slug);
    scenario.inject('listHolders', fault);

    const error = await scenario.failure(scenario.observed(slug));

    expect(error.kind).toBe('transient');
    expect(error.details.ambiguous).toBeUndefined();
    expect(scenario.requests('listHolders')).toHaveLength(1);
    expect(await scenario.observed(slug)).toEqual({ [id]: [slug] });
  },
}));

/** All of these reach the server, so it may have acted; where it has, `carryOut` says so. */
const writingFaults: readonly { readonly what: string; readonly fault: Fault }[] = [
  ...brokenAnswers,
  { what: 'a connection lost after the write', fault: { kind: 'cut', carryOut: true } },
  { what: 'a page for people after the write', fault: { kind: 'html', carryOut: true } },
];

const writingFailures: readonly BindingCase[] = writingFaults.map(({ what, fault }) => ({
  name: `failure: granting, ${what} leaves the write open, and doing it again ends as planned`,
  run: async (scenario) => {
    const grant = pendingGrant(scenario);
    scenario.inject('grant', fault);

    const error = await scenario.failure(grant.apply());

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(scenario.requests('grant')).toHaveLength(1);
    expect([grant.before, grant.after]).toContainEqual(grant.held());

    await grant.apply();
    expect(grant.held()).toEqual(grant.after);
  },
}));

/** Answers that decide a grant without a write, and the errors they must become. */
const refusals: readonly { readonly what: string; readonly fault: Fault; readonly expected: object }[] = [
  { what: 'without the right is forbidden', fault: { kind: 'status', status: 403 }, expected: { kind: 'forbidden' } },
  {
    what: 'answered 429 with Retry-After is rateLimited for that long',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
    expected: { kind: 'rateLimited', details: { retryAfterMs: 7000 } },
  },
];

const refusedWrites: readonly BindingCase[] = refusals.map(({ what, fault, expected }) => ({
  name: `failure: granting ${what}, and leaves nothing open`,
  run: async (scenario) => {
    const grant = pendingGrant(scenario);
    scenario.inject('grant', fault);

    const error = await scenario.failure(grant.apply());

    expect(error).toMatchObject(expected);
    expect(error.details.ambiguous).toBeUndefined();
    expect(grant.held()).toEqual(grant.before);
    expect(scenario.base.limiter.pauses).toEqual(fault.status === 429 ? [7000] : []);
  },
}));

const refusedReads: readonly BindingCase[] = refusals.map(({ what, fault, expected }) => ({
  name: `failure: reading holders ${what}, and nobody is taken for holding nothing`,
  applies: reads,
  otherwise: unread,
  run: async (scenario) => {
    const slug = scenario.role(1);
    scenario.user(1, slug);
    scenario.inject('listHolders', fault);

    expect(await scenario.failure(scenario.observed(slug))).toMatchObject(expected);
    expect(scenario.base.limiter.pauses).toEqual(fault.status === 429 ? [7000] : []);
  },
}));

/** What providers promise about holders when things go wrong. */
export const bindingFailingCases: readonly BindingCase[] = [
  ...readingFailures,
  ...refusedReads,
  ...writingFailures,
  ...refusedWrites,
  {
    name: 'failure: reading holders, a 404 page that is not the API’s is no unknown organization',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const slug = scenario.role(1);
      scenario.user(1, slug);
      scenario.inject('listHolders', { kind: 'html', status: 404 });

      expect((await scenario.failure(scenario.observed(slug))).kind).not.toBe('notFound');
    },
  },
  {
    name: 'failure: reading holders, no answer in time is transient',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const slug = scenario.role(1);
      scenario.inject('listHolders', { kind: 'hang' });

      const error = await scenario.timeOut('listHolders', () => scenario.failure(scenario.observed(slug)));

      expect(error.kind).toBe('transient');
      expect(error.details.ambiguous).toBeUndefined();
    },
  },
  {
    name: 'failure: what can not be read before a change is not written',
    applies: (_capabilities, { operations }) => operations.readHolder.length > 0,
    otherwise: 'Nothing is read before a change.',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      for (const status of [500, 403]) {
        scenario.inject('readHolder', { kind: 'status', status });
        const error = await scenario.failure(grant.apply());
        expect(error.kind).toBe(status === 500 ? 'transient' : 'forbidden');
        expect(error.details.ambiguous).toBeUndefined();
      }
      expect(scenario.writes()).toEqual([]);
      expect(grant.held()).toEqual(grant.before);
    },
  },
  {
    name: 'failure: revoking, a connection lost after the write leaves it open, and doing it again ends as planned',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const user = scenario.user(1, slug);
      const change = scenario.change(user, { remove: [slug] });
      scenario.inject('revoke', { kind: 'cut', carryOut: true });

      const error = await scenario.failure(scenario.holders.apply(change, scenario.signal));

      expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
      await scenario.holders.apply(change, scenario.signal);
      expect(scenario.people.held(user)).toEqual(scenario.nothing);
    },
  },
  {
    name: 'failure: granting, no answer in time leaves open a write that the server has made',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      scenario.inject('grant', { kind: 'hang', carryOut: true });

      const error = await scenario.timeOut('grant', () => scenario.failure(grant.apply()));

      expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
      expect(grant.held()).toEqual(grant.after);
      await grant.apply();
      expect(grant.held()).toEqual(grant.after);
    },
  },
  {
    name: 'failure: a grant that fails revokes nothing',
    applies: ({ multipleRolesPerUser }) => multipleRolesPerUser,
    otherwise: 'A user holds one role only there, so one call does both.',
    run: async (scenario) => {
      const [wanted, held] = [scenario.role(1), scenario.role(2)];
      const user = scenario.user(1, held);
      scenario.inject('grant', { kind: 'status', status: 500 });

      await scenario.failure(scenario.apply(user, { add: [wanted], remove: [held] }));

      expect(scenario.people.held(user)).toEqual([held]);
    },
  },
  {
    name: 'failure: wrong or expired credentials are unauthorized, and nothing is changed',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      const slug = scenario.role(1);
      const stranger = await scenario.base.connect({ credentials: scenario.base.fixture.wrongCredentials });
      const unauthorized = async (call: Promise<unknown> | undefined): Promise<void> => {
        const error = await scenario.failure(call ?? Promise.resolve());
        expect(error.kind).toBe('unauthorized');
        expect(error.details.ambiguous).toBeUndefined();
      };

      await unauthorized(stranger.holders?.apply(grant.change, scenario.signal));
      if (reads(scenario.capabilities)) await unauthorized(stranger.holders?.observe(scenario.organization, [slug], scenario.signal));
      scenario.base.fixture.backdoor.expireCredentials();
      await unauthorized(grant.apply());
      if (reads(scenario.capabilities)) await unauthorized(scenario.observed(slug));
      expect(grant.held()).toEqual(grant.before);
    },
  },
  {
    name: 'failure: a refused connection is transient, and nothing is left open',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      const unreachable = await scenario.base.connect({ url: await scenario.base.deadURL() });

      const error = await scenario.failure(unreachable.holders?.apply(grant.change, scenario.signal) ?? Promise.resolve());

      expect(error.kind).toBe('transient');
      expect(error.details.ambiguous).toBeUndefined();
    },
  },
  {
    name: 'secrets: a redirect of a grant is not followed, so neither credential nor content goes elsewhere',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      const stranger = await scenario.base.stranger();
      scenario.inject('grant', { kind: 'status', status: 307, headers: { location: stranger.url } });

      expect((await scenario.failure(grant.apply())).kind).toBe('transient');
      expect(stranger.seen).toEqual([]);
    },
  },
  {
    name: 'secrets: an error that repeats the credentials is shown without them',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      const { credentials, errorBody } = scenario.base.fixture;
      scenario.inject('grant', {
        kind: 'status',
        status: 403,
        body: errorBody(`You sent ${Object.values(credentials).join(' and ')} to us`),
      });

      const error = await scenario.failure(grant.apply());

      expect(error.kind).toBe('forbidden');
      expect(error.message).toContain('You sent');
    },
  },
  {
    name: 'abort: a grant under way ends with the reason of its signal',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      scenario.inject('grant', { kind: 'hang' });
      const stop = new AbortController();
      const reason = new Error('shutting down');
      const arrived = scenario.base.fixture.emulator.control.nextRequest({ operationId: scenario.people.operations.grant });

      const outcome = grant.apply(stop.signal).catch((error: unknown) => error);
      await arrived;
      stop.abort(reason);

      expect(await outcome).toBe(reason);
    },
  },
  {
    name: 'abort: nothing is sent for a signal that is aborted already',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      const reason = new Error('too late');
      const aborted = AbortSignal.abort(reason);

      await expect(grant.apply(aborted)).rejects.toBe(reason);
      if (reads(scenario.capabilities)) {
        await expect(scenario.holders.observe(scenario.organization, [scenario.role(1)], aborted)).rejects.toBe(reason);
      }
      expect(scenario.base.fixture.emulator.control.journal()).toEqual([]);
      expect(grant.held()).toEqual(grant.before);
    },
  },
  {
    name: 'metrics: every call about holders is reported once, with the operation of the contract and its status',
    run: async (scenario) => {
      const grant = pendingGrant(scenario);
      scenario.base.calls.length = 0;
      scenario.inject('grant', { kind: 'status', status: 500 });
      await scenario.failure(grant.apply());
      await grant.apply();

      const journal = scenario.base.fixture.emulator.control.journal();
      expect(journal.length).toBeGreaterThan(1);
      expect(scenario.base.calls.map(({ operation, code }) => [operation, code])).toEqual(
        journal.map(({ operationId, status }) => [operationId, String(status)]),
      );
    },
  },
];
