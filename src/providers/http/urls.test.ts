import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../model/index.ts';
import { callURL, canonicalBaseURL, connectableBaseURL, fillPath } from './urls.ts';

const template = '/organizations/{organization}/roles/{slug}';

describe('fillPath', () => {
  it('keeps every value inside its own segment, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (slug) => {
        fc.pre(slug !== '.' && slug !== '..');
        const url = new URL(`https://x.test${fillPath(template, { organization: 'org_1', slug })}`);
        expect(url.pathname.split('/')).toHaveLength(5);
        expect(url.pathname.startsWith('/organizations/org_1/roles/')).toBe(true);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });

  it.each(['', '.', '..'])('refuses %j, which would address another resource', (organization) => {
    expect(() => fillPath(template, { organization, slug: 'a' })).toThrow(ProviderError);
  });
});

describe('canonicalBaseURL', () => {
  const cases = [
    { reason: 'a plain one stays', text: 'https://api.example.com', url: 'https://api.example.com' },
    { reason: 'host and scheme are lower-cased', text: 'HTTPS://API.Example.com', url: 'https://api.example.com' },
    { reason: 'slashes at the end go', text: 'https://api.example.com/v1//', url: 'https://api.example.com/v1' },
    { reason: 'the default port goes', text: 'https://api.example.com:443/', url: 'https://api.example.com' },
    { reason: 'another port stays', text: 'http://127.0.0.1:4100', url: 'http://127.0.0.1:4100' },
  ];
  it.each(cases)('$reason', ({ text, url }) => {
    expect(canonicalBaseURL(text)).toBe(url);
  });

  it.each(['not a url', 'ftp://x.test', 'https://x.test?a=b', 'https://x.test#a', 'https://user:hunter22@x.test'])('refuses %s', (text) => {
    expect(() => canonicalBaseURL(text)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(() => canonicalBaseURL(text)).not.toThrow(/hunter22/);
  });
});

describe('connectableBaseURL', () => {
  it('sends credentials over plain HTTP only where the settings say so', () => {
    expect(() => connectableBaseURL('http://x.test', {})).toThrow(/allowInsecureHTTP/);
    expect(connectableBaseURL('http://x.test', { allowInsecureHTTP: true })).toBe('http://x.test');
    expect(connectableBaseURL('https://x.test', {})).toBe('https://x.test');
  });
});

describe('callURL', () => {
  it('encodes the query and leaves out what is undefined', () => {
    expect(callURL('https://x.test/v1', '/a', { b: 'c&d', e: undefined, f: 2 })).toBe('https://x.test/v1/a?b=c%26d&f=2');
    expect(callURL('https://x.test', '/a', { e: undefined })).toBe('https://x.test/a');
  });
});
