import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/index.ts';
import { type DroppedEvent, EventRecorder, type KubeApi, KubeError, resources } from '../../../src/kube/index.ts';
import { sleep } from '../../../src/lib/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Written {
  readonly verb: 'create' | 'patch';
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was written.
  readonly body: any;
}

/** Keeps what is written; `meet` may throw, or wait, before that. */
class FakeEvents implements Pick<KubeApi, 'create' | 'mergePatch'> {
  readonly written: Written[] = [];
  tries = 0;
  readonly names = new Set<string>();
  meet: (signal: AbortSignal) => Promise<void> | void = () => undefined;

  create = async <T extends KubeObject>(resource: unknown, object: T, signal: AbortSignal): Promise<T> => {
    expect(resource).toBe(resources.events);
    this.tries++;
    this.names.add(object.metadata.name);
    await this.meet(signal);
    this.written.push({ verb: 'create', name: object.metadata.name, body: object });
    return object;
  };

  mergePatch: KubeApi['mergePatch'] = async <T extends KubeObject>(
    _: unknown,
    name: { name: string },
    patch: object,
    __: unknown,
    signal: AbortSignal,
  ): Promise<T> => {
    this.tries++;
    await this.meet(signal);
    this.written.push({ verb: 'patch', name: name.name, body: patch });
    return {} as T;
  };

  get notes(): readonly string[] {
    return this.written.map(({ verb, body }) => (verb === 'create' ? body.note : `×${body.series.count}`));
  }
}

let clock: VirtualClock;
let api: FakeEvents;
let dropped: DroppedEvent[];
let recorder: EventRecorder;

beforeEach(() => {
  clock = new VirtualClock();
  api = new FakeEvents();
  dropped = [];
  recorder = new EventRecorder({ api, clock, random: () => 1 - 2 ** -53, instance: 'pod-1', onDrop: (drop) => dropped.push(drop) });
});

function role(name = 'admin', more: object = {}): KubeObject {
  const metadata = { namespace: 'team-a', name, uid: `uid-${name}`, resourceVersion: '7', ...more };
  return { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata };
}

const provider: KubeObject = {
  apiVersion: 'rolekeeper.dev/v1alpha1',
  kind: 'ClusterRoleProvider',
  metadata: { name: 'workos', uid: 'uid-p', resourceVersion: '3' },
};

function record(regarding = role(), note = 'created', reason: 'CreatedExternalRole' | 'DriftCorrected' = 'CreatedExternalRole'): void {
  recorder.record({ regarding, type: 'Normal', reason, action: 'Apply', note, summaryOn: provider });
}

describe('one event', () => {
  test('is written in the form of events.k8s.io/v1', async () => {
    record();
    await clock.flush();
    expect(api.written).toHaveLength(1);
    expect(api.written[0]?.body).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'team-a', name: expect.stringMatching(/^admin\.[0-9a-f]{16}$/) },
      regarding: {
        apiVersion: 'rolekeeper.dev/v1alpha1',
        kind: 'Role',
        namespace: 'team-a',
        name: 'admin',
        uid: 'uid-admin',
        resourceVersion: '7',
      },
      type: 'Normal',
      reason: 'CreatedExternalRole',
      action: 'Apply',
      note: 'created',
      eventTime: '2030-01-01T00:00:00.000000Z',
      reportingController: 'rolekeeper.dev/operator',
      reportingInstance: 'pod-1',
    });
  });

  test('about an object without a namespace lives in default', async () => {
    record(provider);
    await clock.flush();
    expect(api.written[0]?.body).toMatchObject({ metadata: { namespace: 'default' }, regarding: { name: 'workos' } });
    expect(api.written[0]?.body.regarding).not.toHaveProperty('namespace');
  });

  test.each([
    { reason: 'a long note is cut', note: 'x'.repeat(2_000), bytes: 1024 },
    { reason: 'bytes count, not characters, and no character is cut through', note: '日'.repeat(600), bytes: 1023 },
    { reason: 'a character of four bytes, too', note: `ab${'👩'.repeat(400)}`, bytes: 1021 },
    { reason: 'what fits exactly stays', note: 'y'.repeat(1024), bytes: 1024 },
  ])('$reason', async ({ note, bytes }) => {
    record(role(), note);
    await clock.flush();
    const written: string = api.written[0]?.body.note;
    expect(Buffer.byteLength(written)).toBe(bytes);
    expect(written).not.toContain('\uFFFD');
    expect(written.endsWith('…')).toBe(written !== note);
  });

  test('a name that is as long as may be still makes a valid name', async () => {
    record(role(`${'a'.repeat(235)}-.b${'c'.repeat(15)}`));
    await clock.flush();
    const name = api.written[0]?.name ?? '';
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^a+\.[0-9a-f]{16}$/);
  });

  test('that differs in anything is another event', async () => {
    record();
    record(role('other'));
    record(role(), 'created again');
    record(role(), 'created', 'DriftCorrected');
    recorder.record({ regarding: role(), type: 'Warning', reason: 'CreatedExternalRole', action: 'Apply', note: 'created' });
    record(role('admin', { uid: 'successor' }));
    await clock.flush();
    expect(api.written.map(({ verb }) => verb)).toEqual(Array(6).fill('create'));
    expect(new Set(api.written.map(({ name }) => name)).size).toBe(6);
  });
});

describe('repetitions', () => {
  test('are counted in the same Event, which is written again once a minute at most', async () => {
    record();
    await clock.advance(1_000);
    record();
    await clock.advance(1_000);
    record();
    await clock.advance(57_999);
    expect(api.written).toHaveLength(1);
    await clock.advance(1);
    expect(api.notes).toEqual(['created', '×3']);
    expect(api.written[1]).toMatchObject({
      name: api.written[0]?.name,
      body: { series: { lastObservedTime: '2030-01-01T00:00:02.000000Z' } },
    });
    record();
    await clock.advance(60_000);
    expect(api.notes).toEqual(['created', '×3', '×4']);
    await clock.advance(600_000);
    expect(api.written).toHaveLength(3);
  });

  test('that come before the first was written go with it', async () => {
    api.meet = () => sleep(clock, 1_000);
    record(role('before'));
    record();
    record();
    await clock.advance(120_000);
    expect(api.notes).toEqual(['created', 'created']);
    expect(api.written[1]?.body.series).toMatchObject({ count: 2 });
  });

  test('that come while it is being written are written later', async () => {
    api.meet = () => sleep(clock, 5_000);
    record();
    await clock.flush();
    record();
    api.meet = () => undefined;
    await clock.advance(65_000);
    expect(api.notes).toEqual(['created', '×2']);
  });

  test('after ten minutes of nothing begin a new Event', async () => {
    record();
    await clock.advance(599_999);
    record();
    await clock.advance(600_000);
    record();
    await clock.flush();
    expect(api.written.map(({ verb }) => verb)).toEqual(['create', 'patch', 'create']);
    expect(api.written[2]?.name).not.toBe(api.written[0]?.name);
  });

  test('of an Event that the API server has forgotten are written as a new one', async () => {
    record();
    await clock.advance(1_000);
    record();
    let isForgotten = true;
    api.meet = () => {
      if (!isForgotten) return;
      isForgotten = false;
      throw new KubeError('notFound', 'no event', { status: 404 });
    };
    await clock.advance(60_000);
    expect(api.notes).toEqual(['created', 'created']);
    expect(api.written[1]?.body.series).toMatchObject({ count: 2 });
    expect(api.written[1]?.name).not.toBe(api.written[0]?.name);
    expect(dropped).toEqual([]);
  });

  test('wait for a token when there is none, and no count is lost', async () => {
    for (let index = 1; index < 25; index++) record(role(`r${index}`));
    await clock.advance(1_000);
    record(role('first'));
    await clock.flush();
    const name = api.written.at(-1)?.name;
    record(role('first'));
    // Others take every token that comes until it is due.
    await clock.advance(5_000);
    for (let ms = 6_000; ms <= 60_000; ms += 6_000) {
      record(role(`later${ms}`));
      await clock.advance(ms === 60_000 ? 1_000 : 6_000);
    }
    const patches = (): readonly Written[] => api.written.filter((write) => write.verb === 'patch');
    expect(patches()).toEqual([]);
    await clock.advance(60_000);
    expect(patches()).toMatchObject([{ name, body: { series: { count: 2 } } }]);
  });
});

describe('bursts', () => {
  test('a thousand events of one reason at once are 25 Events and one that says how many there were', async () => {
    for (let index = 0; index < 1_000; index++) record(role(`r${index}`));
    await clock.advance(29_999);
    expect(api.written).toHaveLength(25);
    await clock.advance(1);
    expect(api.written).toHaveLength(26);
    expect(api.written[25]?.body).toMatchObject({
      metadata: { namespace: 'default' },
      regarding: { kind: 'ClusterRoleProvider', name: 'workos' },
      reason: 'EventsSummarized',
      type: 'Normal',
      note: '975 more CreatedExternalRole events were not written',
    });
    await clock.advance(3_600_000);
    expect(api.written).toHaveLength(26);
    expect(dropped).toEqual([]);
  });

  test('a second one is summarised by another Event, and one event is singular', async () => {
    for (let index = 0; index < 26; index++) record(role(`r${index}`));
    await clock.advance(600_000);
    for (let index = 0; index < 27; index++) record(role(`s${index}`));
    await clock.advance(600_000);
    expect(api.notes.filter((note) => note.includes('more'))).toEqual([
      '1 more CreatedExternalRole event was not written',
      '2 more CreatedExternalRole events were not written',
    ]);
  });

  test('what trickles in gets through at its pace', async () => {
    for (let index = 0; index < 25; index++) record(role(`r${index}`));
    for (let index = 0; index < 5; index++) {
      await clock.advance(6_000);
      record(role(`s${index}`));
    }
    await clock.advance(60_000);
    expect(api.written).toHaveLength(30);
  });

  test('reasons do not take room from each other', async () => {
    for (let index = 0; index < 30; index++) record(role(`r${index}`));
    record(role(), 'corrected', 'DriftCorrected');
    await clock.flush();
    expect(api.written).toHaveLength(26);
  });

  test('a burst that does not end is summarised all the same', async () => {
    for (let second = 0; second < 320; second++) {
      for (let index = 0; index < 10; index++) record(role(`r${second}-${index}`));
      await clock.advance(1_000);
    }
    expect(api.notes.filter((note) => note.includes('more'))).toHaveLength(1);
  });

  test('each object that sums up counts its own', async () => {
    for (let index = 0; index < 25; index++) record(role(`r${index}`));
    record(role('x'));
    recorder.record({ regarding: role('y'), type: 'Normal', reason: 'CreatedExternalRole', action: 'Apply', note: 'created' });
    await clock.advance(60_000);
    const summaries = api.written.filter(({ body }) => body.reason === 'EventsSummarized');
    expect(summaries.map(({ body }) => body.regarding.name).sort()).toEqual(['workos', 'y']);
  });
});

describe('trouble', () => {
  test.each([
    { reason: 'a namespace that is going', error: new KubeError('forbidden', 'namespace is being terminated', { status: 403 }) },
    { reason: 'a namespace that is gone', error: new KubeError('notFound', 'no namespace', { status: 404 }) },
    { reason: 'an Event that the server refuses', error: new KubeError('invalid', 'bad', { status: 422 }) },
    { reason: 'an unknown fault', error: new TypeError('odd') },
  ])('$reason: dropped at once, told, and the next one is written', async ({ error }) => {
    let isFirst = true;
    api.meet = () => {
      if (!isFirst) return;
      isFirst = false;
      throw error;
    };
    record();
    record(role('other'));
    await clock.flush();
    expect(dropped).toEqual([{ reason: 'CreatedExternalRole', regarding: 'team-a/admin', count: 1, cause: error }]);
    expect(api.written.map(({ body }) => body.regarding.name)).toEqual(['other']);
    record();
    await clock.flush();
    expect(api.written).toHaveLength(2);
  });

  test('what may pass is tried again under the same name, then dropped', async () => {
    const error = new KubeError('transient', 'broken', { status: 500 });
    api.meet = () => {
      throw error;
    };
    record();
    await clock.flush();
    record();
    record();
    await clock.advance(300_000);
    expect(api.tries).toBe(5);
    expect(api.names.size).toBe(1);
    expect(dropped).toMatchObject([{ count: 3, cause: error }]);
  });

  test('what was written before is not told as lost', async () => {
    record();
    await clock.advance(1_000);
    record();
    api.meet = () => {
      throw new KubeError('forbidden', 'no');
    };
    await clock.advance(60_000);
    expect(dropped).toMatchObject([{ count: 1 }]);
  });

  test('an Event that an earlier try had written, whose answer was lost, counts as written', async () => {
    let tries = 0;
    api.meet = () => {
      tries++;
      if (tries === 1) throw new KubeError('transient', 'cut');
      if (tries === 2) throw new KubeError('alreadyExists', 'it is there', { status: 409 });
    };
    record();
    await clock.advance(10_000);
    record();
    await clock.advance(60_000);
    expect(api.notes).toEqual(['×2']);
    expect(dropped).toEqual([]);
  });

  test('too many requests wait as asked', async () => {
    let isFirst = true;
    api.meet = () => {
      if (!isFirst) return;
      isFirst = false;
      throw new KubeError('rateLimited', 'slow', { retryAfterMs: 20_000 });
    };
    record();
    await clock.advance(19_999);
    expect(api.written).toHaveLength(0);
    await clock.advance(1);
    expect(api.written).toHaveLength(1);
  });

  test('an API server that hangs holds up no caller and fills no memory', async () => {
    api.meet = (signal) => sleep(clock, 1e9, signal);
    for (let index = 0; index < 3_000; index++) {
      // A reason each, so that the guard against bursts lets all of them through.
      recorder.record({
        regarding: role(`r${index}`),
        type: 'Normal',
        reason: `R${index}` as 'DriftDetected',
        action: 'A',
        note: 'n',
        summaryOn: provider,
      });
    }
    await clock.flush();
    expect(dropped.length).toBeGreaterThan(1_500);
    const flushed = recorder.flush(5_000);
    await clock.advance(5_000);
    await flushed;
    expect(api.written).toEqual([]);
    const lost = dropped.reduce((sum, { count }) => sum + count, 0);
    expect(lost).toBe(3_000);
  });

  test('a log that fails is no reason to fail', async () => {
    recorder = new EventRecorder({
      api,
      clock,
      random: () => 0,
      instance: 'pod-1',
      onDrop: () => {
        throw new Error('log is full');
      },
    });
    api.meet = () => {
      throw new KubeError('forbidden', 'no');
    };
    record();
    await clock.flush();
    expect(() => recorder.record({ regarding: role() } as never)).not.toThrow();
    expect(api.tries).toBe(1);
  });
});

describe('flush', () => {
  test('writes what is held back: counts and summaries', async () => {
    record(role('first'));
    await clock.advance(1_000);
    record(role('first'));
    for (let index = 0; index < 24; index++) record(role(`r${index}`), 'corrected', 'DriftCorrected');
    for (let index = 0; index < 10; index++) record(role(`s${index}`), 'corrected', 'DriftCorrected');
    await recorder.flush(5_000);
    expect(api.notes).toContain('×2');
    expect(api.notes).toContain('9 more DriftCorrected events were not written');
    expect(clock.pending).toBe(0);
  });

  test('writes the count of what was repeated while it was being written', async () => {
    api.meet = () => sleep(clock, 1_000);
    record();
    await clock.flush();
    record();
    const flushed = recorder.flush(5_000);
    await clock.advance(2_000);
    await flushed;
    expect(api.notes).toEqual(['created', '×2']);
    expect(clock.pending).toBe(0);
  });

  test('with nothing to do is over at once', async () => {
    await recorder.flush(5_000);
    expect(clock.pending).toBe(0);
  });

  test('takes no longer than it may, drops the rest, and writing goes on afterwards', async () => {
    api.meet = (signal) => sleep(clock, 1e9, signal);
    record();
    record(role('other'));
    const flushed = recorder.flush(5_000);
    await clock.advance(5_000);
    await flushed;
    expect(dropped.map(({ regarding }) => regarding)).toEqual(['team-a/admin', 'team-a/other']);
    api.meet = () => undefined;
    record();
    await clock.flush();
    expect(api.written).toHaveLength(1);
  });
});
