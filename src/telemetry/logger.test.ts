import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { createLogger, type LogFormat, type LogLevel } from './logger.ts';
import { createScrubber, mask } from './scrubber.ts';

function capture({ level = 'debug', format = 'json', isTTY = false }: { level?: LogLevel; format?: LogFormat; isTTY?: boolean } = {}) {
  const lines: string[] = [];
  const scrubber = createScrubber();
  const logger = createLogger({
    level,
    format,
    clock: new VirtualClock(),
    scrubber,
    stdout: { isTTY, write: (text) => lines.push(text) },
  });
  return { logger, lines, scrubber, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is one JSON object with level, time, message and fields', () => {
  const { logger, lines, parsed } = capture();
  logger.child({ controller: 'role' }).info('role updated', { added: 2 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith('\n')).toBe(true);
  expect(parsed()[0]).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    message: 'role updated',
    controller: 'role',
    added: 2,
  });
});

test('lines below the level are not written', () => {
  const { logger, parsed } = capture({ level: 'warn' });
  logger.info('no');
  logger.warn('yes');
  logger.error('yes too');
  expect(parsed().map(({ level }) => level)).toEqual(['warn', 'error']);
});

test.each([
  { reason: 'at the top', fields: { token: 'abc' } },
  { reason: 'in an object', fields: { settings: { apiKey: 'abc' } } },
  { reason: 'far below, in a list', fields: { a: { b: [{ c: { 'X-Api-Key': 'abc' } }] } } },
  { reason: 'in headers of whatever name', fields: { request: { headers: { 'x-anything': 'abc' } } } },
  { reason: 'in a map', fields: { settings: new Map([['client_secret', 'abc']]) } },
])('the value of a secret field is not shown $reason', ({ fields }) => {
  const { logger, lines } = capture();
  logger.child(fields).info('connected', fields);
  expect(lines.join('')).not.toContain('abc');
  expect(lines.join('')).toContain('[redacted]');
});

test('a registered secret is masked in messages, fields, errors, causes and stacks', () => {
  const { logger, lines, scrubber } = capture();
  const secret = 'sk_test_"quoted"\\and more';
  scrubber.registerSecret(secret);
  const error = new Error(`refused ${secret}`, { cause: new Error(`sent ${secret}`) });
  error.stack = `Error: x\n    at ${secret} (file.ts:1:1)`;
  logger.child({ url: `https://host/?key=${encodeURIComponent(secret)}` }).error(`failed with ${secret}`, { error, list: [secret] });
  const text = JSON.stringify(JSON.parse(lines[0] ?? ''), null, 1);
  expect(text).not.toContain('sk_test_');
  expect(text.split(mask)).toHaveLength(7);
});

test.each(['error', 'err', 'reason'])('an error under the name %s is described, never printed raw', (name) => {
  const { logger, parsed, lines } = capture();
  const error = Object.assign(new Error('HTTP 500\nBody: raw'), { kind: 'transient', body: 'raw', response: { headers: {} } });
  logger.child({ [name]: error }).warn('failed', { result: { [name]: error } });
  expect(parsed()[0]).toMatchObject({ [name]: { kind: 'transient', message: 'HTTP 500' }, result: { [name]: { kind: 'transient' } } });
  expect(lines.join('')).not.toContain('raw');
});

test('what JSON has no form for, and what has no end, is logged without failing', () => {
  const { logger, parsed } = capture();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  logger.info('odd', {
    circular,
    big: 1n,
    when: new Date(Number.NaN),
    call: () => 1,
    many: Array.from({ length: 200 }, (_, index) => index),
  });
  expect(parsed()[0]).toMatchObject({ message: 'odd', big: '1', when: 'Invalid Date' });
  expect(parsed()[0]?.many).toHaveLength(101);
});

test.each([
  { format: 'auto', isTTY: true, pretty: true },
  { format: 'auto', isTTY: false, pretty: false },
  { format: 'pretty', isTTY: false, pretty: true },
  { format: 'json', isTTY: true, pretty: false },
] as const)('format $format on a terminal ($isTTY) is pretty: $pretty', ({ format, isTTY, pretty }) => {
  const { logger, lines, scrubber } = capture({ format, isTTY });
  scrubber.registerSecret('the-secret');
  logger.info('hello the-secret', { role: 'admin' });
  const text = lines.join('');
  expect(text.startsWith('{')).toBe(!pretty);
  expect(text).toContain(`hello ${mask}`);
  expect(text).toContain('admin');
});
