import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ObjectStore, Reflector, type StoreChange } from '../../../src/cache/index.ts';
import { resources } from '../../../src/kube/index.ts';
import { seededRandom } from '../../../src/lib/index.ts';
import { fuzz, fuzzTimeoutMs } from '../../support/fuzz.ts';
import { mutation } from '../../support/json-mutations.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { type Thing, type WireFault, WireServer } from './wire-server.ts';

type Step =
  | { readonly do: 'write' | 'remove'; readonly name: string; readonly color: string }
  | { readonly do: 'fault' | 'plague'; readonly fault: WireFault; readonly label: string }
  | { readonly do: 'compact' | 'settle' | 'relieve' }
  | { readonly do: 'wait'; readonly ms: number };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const color = fc.constantFrom('red', 'green', 'blue', 'Zoë 👩‍🚀 日本');
const end = fc.option(fc.constantFrom('cut' as const, 'politely' as const), { nil: undefined });

/** A `Status` that says nearly anything. */
const status = fc.record(
  {
    kind: fc.constantFrom('Status', 'Role'),
    code: fc.oneof(fc.constantFrom(200, 400, 401, 403, 404, 410, 429, 500, 504, 0, -1, '410', null), fc.jsonValue()),
    reason: fc.constantFrom('Expired', 'Gone', 'InternalError', 'TooManyRequests', 7, null),
    message: fc.oneof(fc.string(), fc.jsonValue()),
    details: fc.oneof(
      fc.record({ retryAfterSeconds: fc.oneof(fc.integer({ min: -10, max: 100 }), fc.double(), fc.jsonValue()) }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);

/** Versions that aren't one, or that are older or far newer than the last. */
const oddVersions: readonly unknown[] = ['', '0', '1', 'abc', '-5', '1e3', '007', '99999999999999999999', 7, null, {}];

const oddLine = fc
  .oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    status.map((object) => JSON.stringify({ type: 'ERROR', object })),
    fc
      .constantFrom(...oddVersions)
      .map((resourceVersion) => JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } })),
    fc.constantFrom(
      '',
      ' ',
      '\r',
      '{"type":"ADDED"}',
      '{"type":"NEW","object":{}}',
      'null',
      '[]',
      `{"type":"ERROR","object":${' '.repeat(100_000)}{}}`,
    ),
  )
  .map((text) => text.replaceAll('\n', ' '));

const fault: fc.Arbitrary<{ readonly fault: WireFault; readonly label: string }> = fc.oneof(
  fc.tuple(mutation, end).map(([{ name: label, spoil }, how]) => ({
    label: `${label} ${how}`,
    fault: { spoil: (text: string) => spoil(text, 'secret'), ...(how === undefined ? {} : { end: how }) },
  })),
  fc.tuple(fc.array(oddLine, { minLength: 1, maxLength: 3 }), end).map(([lines, how]) => ({
    label: `lines ${JSON.stringify(lines).slice(0, 300)} ${how}`,
    fault: { extraLines: lines, ...(how === undefined ? {} : { end: how }) },
  })),
  fc.constantFrom('cut' as const, 'politely' as const).map((how) => ({ label: `ends ${how}`, fault: { end: how } })),
  fc
    .tuple(
      fc.constantFrom(400, 401, 403, 404, 408, 409, 410, 422, 429, 500, 502, 503, 504),
      fc.oneof(
        status.map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      fc.option(fc.constantFrom('0', '3', '-1', 'soon', '999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'), { nil: undefined }),
    )
    .map(([code, body, retryAfter]) => ({
      label: `status ${code} ${body.slice(0, 300)} ${retryAfter}`,
      fault: { refusal: { status: code, body, ...(retryAfter === undefined ? {} : { retryAfter }) } },
    })),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'remove' as const), name, color }) },
  { weight: 5, arbitrary: fault.map((each) => ({ do: 'fault' as const, ...each })) },
  { weight: 1, arbitrary: fault.map((each) => ({ do: 'plague' as const, ...each })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('compact' as const, 'settle' as const, 'relieve' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200_000 }) }) },
);

/** What listeners were told, which has to add up to what the store holds. */
class Follower {
  readonly objects = new Map<string, Thing>();

  constructor(store: ObjectStore<Thing>) {
    store.onChange((change) => this.#take(change));
  }

  #take(change: StoreChange<Thing>): void {
    const held = this.objects.get(change.key);
    if (change.type === 'added') expect(held).toBeUndefined();
    else expect(change.previous).toBe(held);
    if (change.type === 'deleted') this.objects.delete(change.key);
    else this.objects.set(change.key, change.current);
  }
}

/** What objects say that matters; a field that nobody knows may stand beside it. */
function told(objects: readonly Thing[]): readonly unknown[] {
  return objects.map(({ metadata, spec }) => [metadata.name, metadata, spec] as const).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Longest that somebody is told to wait, which an answer may say right before all is well again, in milliseconds. */
const longestPauseMs = 600_000;

async function play(steps: readonly Step[], chunks: readonly number[], seed: number): Promise<void> {
  const clock = new VirtualClock();
  const server = new WireServer(clock);
  server.chunks = chunks;
  const problems: unknown[] = [];
  const store = new ObjectStore<Thing>({ onError: (error) => void problems.push(error) });
  const follower = new Follower(store);
  const stop = new AbortController();
  const reflector = new Reflector({ api: server, resource: resources.roles, store, clock, random: seededRandom(seed) });
  let ended: unknown = 'not yet';
  const running = reflector.run(stop.signal).then(
    () => {
      ended = 'well';
    },
    (error: unknown) => {
      ended = error;
    },
  );

  const act = async (current: Step): Promise<void> => {
    switch (current.do) {
      case 'write':
        server.write(current.name, current.color);
        return;
      case 'remove':
        server.remove(current.name);
        return;
      case 'fault':
        server.faults.push(current.fault);
        server.shake();
        return;
      case 'plague':
        // A stream that brings the same line for ever is one that never pauses, whoever reads it.
        server.standing = current.fault.end === undefined ? { ...current.fault, end: 'politely' } : current.fault;
        server.shake();
        return;
      case 'relieve':
        server.standing = undefined;
        return;
      case 'compact':
        server.compact();
        return;
      case 'settle':
        await clock.flush();
        return;
      case 'wait':
        await clock.advance(current.ms);
        return;
    }
  };
  for (const current of steps) {
    await act(current);
    expect(server.isHot, 'requests without a pause').toBe(false);
  }

  server.standing = undefined;
  server.faults = [];
  server.shake();
  await clock.advance(longestPauseMs + 300_000);
  expect(ended).toBe('not yet');
  expect(problems).toEqual([]);
  expect(store.hasSynced).toBe(true);
  expect(told([...store.values()])).toEqual(told([...server.objects.values()]));
  expect([...follower.objects.values()]).toEqual([...follower.objects.keys()].map((key) => store.get(key)));
  expect(follower.objects.size).toBe(store.size);
  const before = server.requests;
  await clock.advance(3_600_000);
  expect(server.requests - before, 'requests of an hour in which nothing happens').toBeLessThan(100);
  expect(server.isHot).toBe(false);
  stop.abort();
  await running;
  expect(ended).toBe('well');
  expect(clock.pending).toBe(0);
}

test(
  'whatever bytes a watch and its lists bring, the store ends up as the server is and the reflector neither ends nor spins',
  async () => {
    const chunks = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), chunks, fc.nat(), play);
    await fc.assert(property, fuzz(600));
  },
  fuzzTimeoutMs,
);
