import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emulators } from '../emulators/index.ts';
import { emulateCommand } from './emulate.ts';
import { runProgram } from './program.ts';

const [emulator] = emulators;
const name = emulator?.name ?? '';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolekeeper-emulate-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the command until `use` has ended, which gets the URL that was printed. */
async function emulate(argv: readonly string[], use: (url: string) => Promise<void> = async () => undefined) {
  const stop = new AbortController();
  const { promise: served, resolve: onServed } = Promise.withResolvers<string>();
  const written = { out: '', err: '' };
  const done = runProgram({
    argv: ['emulate', ...argv],
    env: {},
    commands: [emulateCommand],
    stdout: {
      write(text: string) {
        written.out += text;
        const url = /http:\/\/\S+:\d+(?=,)/.exec(text)?.[0];
        if (url !== undefined) {
          onServed(url);
        }
      },
    },
    stderr: { write: (text: string) => (written.err += text) },
    signal: stop.signal,
  });
  const url = await Promise.race([served, done.then(() => undefined)]);
  try {
    if (url !== undefined) {
      await use(url);
    }
  } finally {
    stop.abort();
  }
  return { code: await done, ...written };
}

test('serves until it is asked to end, and then frees the port', async () => {
  let url = '';
  const { code, err } = await emulate([name, '--port', '0', '--rate-limit', 'off'], async (served) => {
    url = served;
    expect((await fetch(`${served}/_emulator/state`)).status).toBe(200);
  });
  expect([code, err]).toEqual([0, '']);
  await expect(fetch(`${url}/_emulator/state`)).rejects.toThrow();
});

test('begins with the state of a seed file', async () => {
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify(emulator?.defaultSeed));
  const { code } = await emulate([name, '--port', '0', '--seed', seed]);
  expect(code).toBe(0);
});

test('prints a line for each request, without its query', async () => {
  const { out } = await emulate([name, '--port', '0', '--log-requests'], async (url) => {
    await fetch(`${url}/nowhere?api_key=sk_secret`);
  });
  expect(out).toMatch(/GET \/nowhere \d{3} \(unknown path\)\n/);
  expect(out).not.toContain('sk_secret');
});

test('a port that is taken is named, with what to do', async () => {
  await emulate([name, '--port', '0'], async (url) => {
    const { port } = new URL(url);
    const second = await emulate([name, '--port', port]);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}: the address is in use.*--port`));
  });
});

test.each([
  { reason: 'an emulator that does not exist, with those that do', argv: ['nobody'], says: new RegExp(`"nobody".*${name}`) },
  { reason: 'a seed file that does not exist', argv: [name, '--seed', '/nowhere/seed.yaml'], says: /--seed: \/nowhere\/seed\.yaml/ },
  { reason: 'a latency that is no range', argv: [name, '--latency', '200-20'], says: /--latency.*20-200/ },
  { reason: 'a factor of nothing', argv: [name, '--rate-limit', '0'], says: /--rate-limit.*factor/ },
])('refuses $reason', async ({ argv, says }) => {
  const { code, err } = await emulate(argv);
  expect(err).toMatch(says);
  expect(code).toBe(1);
});

test('refuses a seed that the emulator does not understand', async () => {
  const seed = join(folder, 'bad.yaml');
  await writeFile(seed, 'colour: blue\n');
  const { code, err } = await emulate([name, '--seed', seed]);
  expect(err).toMatch(/^error: --seed: /);
  expect(code).toBe(1);
});
