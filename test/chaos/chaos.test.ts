import { afterAll, beforeAll, expect, it } from 'vitest';
import { Chaos } from './chaos.ts';
import { shortRun, usualSeed } from './repertoire.ts';

const seed = Number(process.env.ROLEKEEPER_SEED || usualSeed);

/** Longer than everything gets to settle, so that a run that doesn't tells why. */
const patienceMs = 1_200_000;

let chaos: Chaos;

beforeAll(async () => {
  chaos = await Chaos.prepare(seed, shortRun, () => undefined);
});

afterAll(async () => {
  await chaos?.end();
});

it(`whatever happens to manifests, providers and operators (seed ${seed}), nobody loses what is declared or somebody else’s, and it ends as declared`, {
  timeout: patienceMs,
}, async () => {
  const { problems, summary } = await chaos.run();
  console.log('chaos', { seed, ...summary });
  expect(problems, `the same again: ROLEKEEPER_SEED=${seed} npx vitest run --project e2e test/chaos`).toEqual([]);
});
