import { describe, expect, it } from 'vitest';
import { drivers } from '../../../src/drivers.ts';
import { respelling, type SpellingDriver, spelt } from './spelling.ts';

const driver = (canonicalGlob?: SpellingDriver['canonicalGlob']): SpellingDriver => ({
  type: 'sixth',
  ...(canonicalGlob && { canonicalGlob }),
});

describe('the spelling of a provider', () => {
  it('leaves a text alone where there is one only', () => {
    expect(spelt([driver(), driver((_, glob) => glob)], 'slug', 'object.spec.slug')).toBe('object.spec.slug');
  });

  it('becomes calls of CEL for that provider alone', () => {
    const lowering = driver((part, glob) => (part === 'slug' ? glob.toLowerCase() : glob.replaceAll(/[':]/g, '_')));
    expect(spelt([lowering], 'slug', 'x')).toBe('[x].map(t, has(params.spec.sixth) ? t.lowerAscii() : t)[0]');
    expect(spelt([lowering], 'permission', 'x')).toBe(
      String.raw`[x].map(t, has(params.spec.sixth) ? t.replace('\'', '_').replace(':', '_') : t)[0]`,
    );
    expect(respelling([driver(), lowering], 'slug')).toEqual(['sixth']);
  });

  it('that a policy could not repeat is an error, never a policy that judges otherwise', () => {
    const firstOnly = driver((_, glob) => glob.charAt(0) + glob.slice(1).toLowerCase());
    expect(() => spelt([firstOnly], 'slug', 'x')).toThrow(/each character of a slug by itself/);
    const exchange = driver((_, glob) => glob.replaceAll(/[ab]/g, (character) => (character === 'a' ? 'b' : 'a')));
    expect(() => spelt([exchange], 'permission', 'x')).toThrow(/exchanges characters/);
  });

  it('of every driver of this build can be repeated', () => {
    expect(respelling(drivers, 'slug')).toEqual(['klustr']);
    expect(respelling(drivers, 'permission')).toEqual(['frontier']);
  });
});
