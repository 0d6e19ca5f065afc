import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber, mask } from './scrubber.ts';

const secrets = fc.string({ unit: 'binary', minLength: 6, maxLength: 40 }).filter((text) => text.trim().length >= 6);

test('masks a secret wherever it stands', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('sk_live_1/+=');
  expect(scrubber.scrub('key sk_live_1/+= and sk_live_1/+=.')).toBe(`key ${mask} and ${mask}.`);
});

test.each([
  { reason: 'as it is in a URL', spell: encodeURIComponent },
  { reason: 'as a form sends it', spell: (secret: string) => new URLSearchParams({ a: secret }).toString().slice(2) },
  { reason: 'as Kubernetes stores it', spell: (secret: string) => Buffer.from(secret).toString('base64') },
  { reason: 'as a token carries it', spell: (secret: string) => Buffer.from(secret).toString('base64url') },
])('masks a secret $reason', ({ spell }) => {
  const scrubber = createScrubber();
  scrubber.registerSecret('p ss?w*rd~!/+=');
  const scrubbed = scrubber.scrub(`<${spell('p ss?w*rd~!/+=')}>`);
  expect(scrubbed).toContain(mask);
  expect(scrubbed).not.toContain(spell('p ss?w*rd~!/+=').replace(/=+$/, ''));
});

test('ignores the line end that files of credentials have', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('  correct-horse\n');
  expect(scrubber.scrub('correct-horse')).toBe(mask);
});

test('masks a credential as it is in a Secret, line end included', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('correct-horse\n');
  const stored = Buffer.from('correct-horse\n').toString('base64').replace(/=+$/, '');
  expect(scrubber.scrub(stored)).toBe(mask);
});

test('leaves nothing of a secret that begins with another one', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('sk_live_1');
  scrubber.registerSecret('sk_live_1_and_more');
  expect(scrubber.scrub('sk_live_1_and_more sk_live_1')).toBe(`${mask} ${mask}`);
});

test('leaves words alone that are too short for a credential', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('admin');
  scrubber.registerSecret('');
  expect(scrubber.scrub('admin of org')).toBe('admin of org');
});

test('keeps a JSON line valid though the secret looks like a number of it', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('123456');
  const line = scrubber.scrubJSON('{"count":123456,"text":"pin 123456"}\n');
  expect(JSON.parse(line)).toEqual({ count: 123_456, text: `pin ${mask}` });
  expect(line.endsWith('}\n')).toBe(true);
});

test('a line without a secret is passed on as it is', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('a-long-secret');
  const line = '{"b":1, "a":"spaced"}\n';
  expect(scrubber.scrubJSON(line)).toBe(line);
});

test('no secret is left in any string of a line, and the line stays JSON', () => {
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
      const scrubber = createScrubber();
      scrubber.registerSecret(secret);
      const line = `${JSON.stringify({ level: 'info', deep: [{ text: before + secret + after, [secret]: 1 }] })}\n`;
      const scrubbed = JSON.parse(scrubber.scrubJSON(line)) as { deep: [Record<string, unknown>] };
      expect(scrubbed.deep[0].text).not.toContain(secret.trim());
      expect(Object.keys(scrubbed.deep[0])).not.toContain(secret.trim());
    }),
  );
});

test('forgets the oldest secrets first, so that years of rotation don’t fill the memory', () => {
  const scrubber = createScrubber();
  scrubber.registerSecret('kept-by-use');
  scrubber.registerSecret('first-rotated');
  for (let index = 0; index < 9_998; index += 1) {
    scrubber.registerSecret(`secret-number-${index}-`);
  }
  scrubber.registerSecret('kept-by-use');
  scrubber.registerSecret('one-too-many');
  expect(scrubber.scrub('kept-by-use')).toBe(mask);
  expect(scrubber.scrub('one-too-many')).toBe(mask);
  expect(scrubber.scrub('first-rotated')).toBe('first-rotated');
});
