import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const { signal } = new AbortController();

/** Lets all continuations run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let one at a time work on a key, in order, and others at the same time', async () => {
    const turns = new Turns();
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const log: string[] = [];
    const work = (key: string, index: number): Promise<void> =>
      turns.take(key, signal, async () => {
        log.push(`begin ${index}`);
        await gates[index]?.promise;
        log.push(`end ${index}`);
      });

    const all = [work('a', 0), work('a', 1), work('b', 2)];
    await settle();
    expect(log).toEqual(['begin 0', 'begin 2']);
    for (const gate of gates) gate.resolve();
    await Promise.all(all);

    expect(log.indexOf('begin 1')).toBeGreaterThan(log.indexOf('end 0'));
    await settle();
    expect(turns.size).toBe(0);
  });

  it('go on after a failure, which only its own caller sees', async () => {
    const turns = new Turns();
    const failed = turns.take('a', signal, async () => {
      throw new Error('no');
    });
    const next = turns.take('a', signal, async () => 7);

    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(7);
  });

  it('are waited for by whoever comes after somebody has given up', async () => {
    const turns = new Turns();
    const gate = Promise.withResolvers<void>();
    const stop = new AbortController();
    const log: string[] = [];
    const first = turns.take('a', signal, async () => {
      await gate.promise;
      log.push('first ends');
    });
    const second = turns.take('a', stop.signal, async () => void log.push('second'));
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');

    const third = turns.take('a', signal, async () => void log.push('third'));
    await settle();
    gate.resolve();
    await Promise.all([first, third]);

    expect(log).toEqual(['first ends', 'third']);
  });

  it('are given up with the reason of the signal, and nobody overtakes those before', async () => {
    const turns = new Turns();
    const gate = Promise.withResolvers<void>();
    const stop = new AbortController();
    const log: number[] = [];
    const first = turns.take('a', signal, async () => {
      await gate.promise;
      log.push(1);
    });
    const second = turns.take('a', stop.signal, async () => void log.push(2));
    const third = turns.take('a', signal, async () => void log.push(3));

    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    await settle();
    expect(log).toEqual([]);
    gate.resolve();
    await Promise.all([first, third]);

    expect(log).toEqual([1, 3]);
  });

  it('begin nothing for a signal that is aborted already', async () => {
    await expect(new Turns().take('a', AbortSignal.abort(new Error('late')), async () => 1)).rejects.toThrow('late');
  });
});
