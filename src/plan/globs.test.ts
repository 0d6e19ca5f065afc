import { describe, expect, it } from 'vitest';
import { covers, matches, overlaps } from './index.ts';

describe('matches', () => {
  it.each([
    { reason: 'a text without * matches itself', glob: 'users:read', text: 'users:read', expected: true },
    { reason: 'a text without * matches no longer text', glob: 'users', text: 'users:read', expected: false },
    { reason: 'case counts', glob: 'Users:*', text: 'users:read', expected: false },
    { reason: '* stands for an empty run', glob: 'users*', text: 'users', expected: true },
    { reason: '* crosses every separator', glob: 'billing.*', text: 'billing.invoices.get', expected: true },
    { reason: 'the beginning and the end may not share characters', glob: 'aba*aba', text: 'ababa', expected: false },
    { reason: 'what is between two * may not reach into the end', glob: '*ab*b', text: 'ab', expected: false },
    { reason: 'only * is special', glob: 'a.[b]?{c}+', text: 'a.[b]?{c}+', expected: true },
    { reason: 'a dot is a dot', glob: 'a.b', text: 'axb', expected: false },
    { reason: 'several * in a row are one', glob: '**', text: '', expected: true },
    { reason: 'an empty glob matches the empty text', glob: '', text: '', expected: true },
    { reason: 'an empty glob matches nothing else', glob: '', text: 'a', expected: false },
    { reason: '* also takes line ends', glob: 'a*b', text: 'a\nb', expected: true },
  ])('$reason', ({ glob, text, expected }) => {
    expect(matches(glob, text)).toBe(expected);
  });

  it('comes to an end with a glob that would send a regular expression astray', () => {
    expect(matches('*a'.repeat(127), `${'a'.repeat(126)}b`)).toBe(false);
    expect(matches(`${'*a'.repeat(5_000)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
});

describe('covers', () => {
  it.each([
    { reason: 'a wider glob covers a narrower pattern', glob: 'billing:*', pattern: 'billing:invoices:*', expected: true },
    { reason: 'a narrower glob does not cover a wider pattern', glob: 'billing:invoices:*', pattern: 'billing:*', expected: false },
    { reason: 'a glob covers itself', glob: 'a*b*c', pattern: 'a*b*c', expected: true },
    { reason: 'no list of names covers what a pattern may come to match', glob: 'billing:read', pattern: 'billing:*', expected: false },
    { reason: '* covers everything', glob: '*', pattern: '*:*', expected: true },
    { reason: '*:* does not cover what has no colon', glob: '*:*', pattern: '*', expected: false },
    { reason: 'a pattern in the middle counts', glob: '*:read', pattern: 'billing:*:read', expected: true },
  ])('$reason', ({ glob, pattern, expected }) => {
    expect(covers(glob, pattern)).toBe(expected);
  });
});

describe('overlaps', () => {
  it.each([
    { reason: 'a pattern that could stand for a denied name overlaps', glob: 'users:delete', pattern: 'users:*', expected: true },
    { reason: 'two patterns that meet in one text overlap', glob: 'users:*', pattern: '*:delete', expected: true },
    { reason: 'different beginnings never meet', glob: 'users:*', pattern: 'billing:*', expected: false },
    { reason: 'different ends never meet', glob: '*:read', pattern: '*:delete', expected: false },
    { reason: 'what is between two * always finds room', glob: 'a*x*c', pattern: 'a*y*c', expected: true },
    { reason: 'a longer beginning may go on from a shorter one', glob: 'users*', pattern: 'users:ad*', expected: true },
  ])('$reason', ({ glob, pattern, expected }) => {
    expect(overlaps(glob, pattern)).toBe(expected);
    expect(overlaps(pattern, glob)).toBe(expected);
  });
});
