import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from './clean-text.ts';

describe('cleanText', () => {
  const harmless = [
    { reason: 'ordinary words stay', text: 'Role org-billing-admin not found in organization org_01EHQMYV6MBK39QC5PZXHY59C3.' },
    { reason: 'permission slugs stay, however long', text: 'Unknown: this-permission-slug:is.exactly_forty-eight.long:x.y' },
    { reason: 'words that begin like a key prefix stay', text: 'skateboarding and pkcs12 are words' },
    { reason: 'a scheme without a credential stays', text: 'bearer authentication is required' },
  ];
  it.each(harmless)('$reason', ({ text }) => {
    expect(cleanText(text)).toBe(text);
  });

  const credentials = [
    { reason: 'a bearer header', text: 'got Authorization: Bearer abc123def', hidden: 'abc123def' },
    { reason: 'a basic header', text: 'got Basic dXNlcjpwYXNz from you', hidden: 'dXNlcjpwYXNz' },
    { reason: 'a JSON web token', text: 'eyJhbGciOiJSUzI1.eyJzdWIiOiIx.c2lnbmF0dXJl is expired', hidden: 'c2lnbmF0dXJl' },
    { reason: 'a key with a known prefix', text: "Could not find key 'sk_test_a2V5Xzxx'", hidden: 'a2V5Xzxx' },
    { reason: 'an access key id', text: 'key AKIAIOSFODNN7EXAMPLE unknown', hidden: 'IOSFODNN7' },
    { reason: 'a pair that calls itself secret', text: 'client_secret=hunter22&x=1', hidden: 'hunter22' },
    { reason: 'a pair in JSON', text: '{"password":"hunter22"}', hidden: 'hunter22' },
    { reason: 'a long mixed string', text: 'x 9aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789 y', hidden: 'HiJkLmNo' },
  ];
  it.each(credentials)('hides $reason', ({ text, hidden }) => {
    expect(cleanText(text)).not.toContain(hidden);
  });

  it('never shows a given secret, as it is, percent-encoded or in base64, and whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'[redacted]'.includes(secret) && secret.trim() === secret && !/\s/.test(secret));
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
          expect(cleanText(`${before} ${form} ${after}`, { secrets: [secret] })).not.toContain(form);
        }
      }),
    );
  });

  it('shows no part of a secret in the middle of which a long text is cut', () => {
    const secret = 'correct horse battery staple';
    for (let shown = 6; shown < secret.length; shown++) {
      const cleaned = cleanText(`denied${' '.repeat(400 - 6 - shown)}${secret} and more`, { secrets: [secret], maxLength: 100 });
      expect(cleaned).toBe('denied [redacted]');
    }
  });

  it('gives one line of visible text within the limit, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.integer({ min: 20, max: 300 }), (text, maxLength) => {
        const cleaned = cleanText(text, { maxLength });
        expect(cleaned.length).toBeLessThanOrEqual(maxLength);
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(cleaned.isWellFormed()).toBe(true);
        expect(cleanText(cleaned, { maxLength })).toBe(cleaned);
      }),
    );
  });
});
