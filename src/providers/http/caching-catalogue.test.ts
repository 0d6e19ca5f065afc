import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ProviderError } from '../../model/index.ts';
import { CachingCatalogue } from './caching-catalogue.ts';

interface Read {
  readonly signal: AbortSignal;
  answer(...permissions: string[]): void;
  fail(error: unknown): void;
}

let clock: VirtualClock;
let reads: Read[];
let catalogue: CachingCatalogue;
const signal = new AbortController().signal;

beforeEach(() => {
  clock = new VirtualClock();
  reads = [];
  catalogue = new CachingCatalogue({
    clock,
    read: (readSignal) => {
      const outcome = Promise.withResolvers<ReadonlySet<string>>();
      readSignal.addEventListener('abort', () => outcome.reject(readSignal.reason));
      reads.push({
        signal: readSignal,
        answer: (...permissions) => outcome.resolve(new Set(permissions)),
        fail: (error) => outcome.reject(error),
      });
      return outcome.promise;
    },
  });
});

describe('CachingCatalogue', () => {
  it('names what is unknown, sorted and once', async () => {
    const unknown = catalogue.unknown(['z', 'a', 'm', 'z'], signal);
    reads[0]?.answer('m');

    expect(await unknown).toEqual(['a', 'z']);
  });

  it('asks nobody for an empty list', async () => {
    expect(await catalogue.unknown([], signal)).toEqual([]);
    expect(reads).toHaveLength(0);
  });

  it('answers from its copy for a minute and reads again after that', async () => {
    const first = catalogue.unknown(['a'], signal);
    reads[0]?.answer('a');
    await first;

    await clock.advance(60_000);
    expect(await catalogue.unknown(['a'], signal)).toEqual([]);
    expect(reads).toHaveLength(1);

    await clock.advance(1);
    const late = catalogue.unknown(['a'], signal);
    expect(reads).toHaveLength(2);
    reads[1]?.answer();
    expect(await late).toEqual(['a']);
  });

  it('reads again when the copy lacks one, so that a permission created just now is found', async () => {
    const first = catalogue.unknown(['a'], signal);
    reads[0]?.answer('a');
    await first;

    const second = catalogue.unknown(['a', 'new'], signal);
    reads[1]?.answer('a', 'new');
    expect(await second).toEqual([]);
  });

  it('shares one reading among callers at the same time', async () => {
    const all = Promise.all([1, 2, 3].map(() => catalogue.unknown(['a'], signal)));
    expect(reads).toHaveLength(1);
    reads[0]?.answer('a');

    expect(await all).toEqual([[], [], []]);
  });

  it('does not call a permission unknown on the strength of a reading that began before the question', async () => {
    const early = catalogue.unknown(['a'], signal);
    const late = [catalogue.unknown(['new'], signal), catalogue.unknown(['newer'], signal)];
    reads[0]?.answer('a');
    await early;
    await clock.flush();

    expect(reads).toHaveLength(2);
    reads[1]?.answer('a', 'new', 'newer');
    expect(await Promise.all(late)).toEqual([[], []]);
  });

  it('knows what was created through it', async () => {
    const first = catalogue.unknown(['a'], signal);
    reads[0]?.answer('a');
    await first;

    catalogue.add('b');
    expect(await catalogue.unknown(['a', 'b'], signal)).toEqual([]);
    expect(reads).toHaveLength(1);
  });

  it('keeps nothing of a reading that failed', async () => {
    const failure = new ProviderError('transient', 'no', { operation: 'list' });
    const first = catalogue.unknown(['a'], signal);
    reads[0]?.fail(failure);
    await expect(first).rejects.toBe(failure);

    const second = catalogue.unknown(['a'], signal);
    expect(reads).toHaveLength(2);
    reads[1]?.answer('a');
    expect(await second).toEqual([]);
  });

  it('lets one caller go and reads on for the others; stops when the last has gone', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const reasons = [new Error('first'), new Error('second')];
    const waiting = [catalogue.unknown(['a'], first.signal), catalogue.unknown(['a'], second.signal)].map((promise) =>
      promise.catch((error: unknown) => error),
    );

    first.abort(reasons[0]);
    expect(await waiting[0]).toBe(reasons[0]);
    expect(reads[0]?.signal.aborted).toBe(false);

    second.abort(reasons[1]);
    expect(await waiting[1]).toBe(reasons[1]);
    expect(reads[0]?.signal.aborted).toBe(true);
  });

  it('begins anew for a caller that comes after the last one has gone', async () => {
    const gone = new AbortController();
    const abandoned = catalogue.unknown(['a'], gone.signal).catch(() => undefined);
    gone.abort();
    await abandoned;

    const next = catalogue.unknown(['a'], signal);
    reads[1]?.answer('a');
    expect(await next).toEqual([]);
  });

  it('ends its reading with a provider error when the connection is closed', async () => {
    const waiting = catalogue.unknown(['a'], signal);
    catalogue[Symbol.dispose]();

    await expect(waiting).rejects.toBeInstanceOf(ProviderError);
  });
});
