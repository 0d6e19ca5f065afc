import { describe, expect, it } from 'vitest';
import { orAborted, SharedWork } from './shared-work.ts';

const { signal } = new AbortController();

function sharedWork() {
  const runs: { readonly outcome: PromiseWithResolvers<string>; readonly signal: AbortSignal }[] = [];
  const work = new SharedWork<string>({
    run: (stop) => {
      const outcome = Promise.withResolvers<string>();
      stop.addEventListener('abort', () => outcome.reject(stop.reason));
      runs.push({ outcome, signal: stop });
      return outcome.promise;
    },
    ended: (why) => new Error(why),
  });
  return { work, runs };
}

describe('SharedWork', () => {
  it('is done once for all that come while it goes on, and anew afterwards', async () => {
    const { work, runs } = sharedWork();
    const both = Promise.all([work.join(signal), work.join(signal)]);
    runs[0]?.outcome.resolve('done');
    expect(await both).toEqual(['done', 'done']);

    const again = work.join(signal);
    runs[1]?.outcome.resolve('again');

    expect(await again).toBe('again');
    expect(runs).toHaveLength(2);
  });

  it('goes on as long as one waits for it, and is stopped by the last that leaves', async () => {
    const { work, runs } = sharedWork();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [work.join(first.signal), work.join(second.signal)].map((each) => each.catch((error: Error) => error.message));
    first.abort(new Error('first left'));
    expect(await waiting[0]).toBe('first left');
    expect(runs[0]?.signal.aborted).toBe(false);

    second.abort(new Error('second left'));
    expect(await waiting[1]).toBe('second left');
    expect(runs[0]?.signal.aborted).toBe(true);

    const next = work.join(signal);
    runs[1]?.outcome.resolve('for the next');
    expect(await next).toBe('for the next');
  });

  it('tells everybody of its failure, and of its end', async () => {
    const { work, runs } = sharedWork();
    const both = [work.join(signal), work.join(signal)].map((each) => each.catch((error: Error) => error.message));
    runs[0]?.outcome.reject(new Error('failed'));
    expect(await Promise.all(both)).toEqual(['failed', 'failed']);

    const ended = work.join(signal);
    work[Symbol.dispose]();

    await expect(ended).rejects.toThrow(/closed/);
  });

  it('is not begun for a signal that has aborted', async () => {
    const { work, runs } = sharedWork();

    await expect(work.join(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(runs).toEqual([]);
  });
});

describe('orAborted', () => {
  it('ends with whatever comes first', async () => {
    const stop = new AbortController();
    const never = orAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('stopped'));

    await expect(never).rejects.toThrow('stopped');
    expect(await orAborted(Promise.resolve(1), signal)).toBe(1);
  });
});
