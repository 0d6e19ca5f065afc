import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Chaos } from './chaos.ts';
import { soakFile, soakMinutes, soakRun, usualSeed } from './repertoire.ts';
import type { SoakFigures } from './summary.ts';

const seed = Number(process.env.ROLEKEEPER_SEED || usualSeed);
const minutes = Number(process.env.ROLEKEEPER_SOAK_MINUTES || soakMinutes);
const again = `make soak MINUTES=${minutes} SEED=${seed}`;
/** A guard against hanging only. */
const patienceMs = minutes * 60_000 + 1_200_000;

let chaos: Chaos;

beforeAll(async () => {
  console.log(`Soak of ${minutes} minutes, seed ${seed}. The same again: ${again}`);
  chaos = await Chaos.prepare(seed, soakRun(minutes), console.log);
});

afterAll(async () => {
  await chaos?.end();
});

it(`survives ${minutes} minutes of edits, drift, faults and blows`, { timeout: patienceMs }, async () => {
  const { problems, summary } = await chaos.run();
  const figures: SoakFigures = { date: new Date().toISOString().slice(0, 10), minutes, seed, ...summary, problems };
  console.log(figures);
  await mkdir(dirname(soakFile), { recursive: true });
  await writeFile(soakFile, `${JSON.stringify(figures, undefined, 2)}\n`);
  expect(problems, `the same again: ${again}`).toEqual([]);
});
