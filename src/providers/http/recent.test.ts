import { expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { Recent } from './recent.ts';

it('remembers for a minute, counted from when the asking began', async () => {
  const clock = new VirtualClock();
  const recent = new Recent<number>(clock);
  recent.set('a', 1);
  const asOfMs = clock.monotonic();
  await clock.advance(20_000);
  recent.set('b', 2, asOfMs);
  recent.set('c', 3);

  await clock.advance(39_999);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, 2, 3]);
  await clock.advance(1);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([undefined, undefined, 3]);
});

it('forgets the oldest before it grows over its capacity', () => {
  const recent = new Recent<number>(new VirtualClock(), 2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  recent.set('c', 4);

  expect(recent.size).toBe(2);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4]);
});

it('forgets what it is told to forget', () => {
  const recent = new Recent<number>(new VirtualClock());
  recent.set('a', 1);
  recent.set('b', 2);
  recent.delete('a');
  recent.delete('c');

  expect([recent.size, recent.get('a'), recent.get('b')]).toEqual([1, undefined, 2]);
});
