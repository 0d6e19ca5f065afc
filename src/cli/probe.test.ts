import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { probeCommand } from './probe.ts';
import { runProgram } from './program.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function probe(...argv: readonly string[]) {
  const written = { out: '', err: '' };
  const code = await runProgram({
    argv: ['probe', ...argv],
    env: {},
    commands: [probeCommand],
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

test('is content when everything answers with 200, and asks for each', async () => {
  const asked: string[] = [];
  const url = await serve(({ url: path }, answer) => {
    asked.push(path ?? '');
    answer.end('ok');
  });
  const { code, out, err } = await probe('--url', `${url}/readyz,${url}/metrics`);
  expect([code, err]).toEqual([0, '']);
  expect(asked).toEqual(['/readyz', '/metrics']);
  expect(out).toBe(`${url}/readyz: ok\n${url}/metrics: ok\n`);
});

test('says what is not ready in the words of the operator', async () => {
  const url = await serve((_, answer) => answer.writeHead(503).end('orgroles have not been listed completely\n'));
  const { code, err } = await probe('--url', `${url}/readyz`);
  expect(code).toBe(1);
  expect(err).toBe(`${url}/readyz: status 503: orgroles have not been listed completely\n`);
});

test('asks again until it is ready, where there is time', async () => {
  let times = 0;
  const url = await serve((_, answer) => {
    times += 1;
    answer.writeHead(times < 2 ? 503 : 200).end();
  });
  expect(await probe('--url', url, '--timeout', '1m')).toMatchObject({ code: 0, err: '' });
  expect(times).toBe(2);
});

test('a redirect is no answer: it could lead anywhere', async () => {
  const url = await serve((_, answer) => answer.writeHead(302, { location: '/elsewhere' }).end());
  expect((await probe('--url', url)).code).toBe(1);
});

test('says so when nobody listens', async () => {
  const { code, err } = await probe('--url', 'http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(err).toContain('http://127.0.0.1:9: ');
});

test('refuses what is no URL', async () => {
  const { code, err } = await probe('--url', 'localhost:8081');
  expect(code).not.toBe(0);
  expect(err).toContain('http or https URLs');
});
