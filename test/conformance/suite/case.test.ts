import { describe, expect, it } from 'vitest';
import { allCapabilities } from '../../support/fake-provider.ts';
import { type ConformanceCase, problemsOfSkips, verdictOn } from './case.ts';

const always: ConformanceCase = { name: 'always', run: async () => undefined };
const ifBindings: ConformanceCase = { name: 'bindings', applies: ({ bindings }) => bindings, run: async () => undefined };
const skip = [
  { case: 'always', reason: 'The server loses updates.' },
  { case: 'bindings', reason: 'There are no bindings.' },
];

describe('verdictOn', () => {
  it('runs what applies', () => {
    expect(verdictOn(always, allCapabilities, [])).toBe('run');
    expect(verdictOn(ifBindings, { ...allCapabilities, bindings: true }, [])).toBe('run');
  });

  it('lets a case be skipped that does not apply', () => {
    expect(verdictOn(ifBindings, { ...allCapabilities, bindings: false }, skip)).toBe('skip');
  });

  it('wants a reason for a case that does not apply', () => {
    expect(verdictOn(ifBindings, { ...allCapabilities, bindings: false }, [])).toBe('unexplained');
  });

  it('wants none where the case itself has one for all', () => {
    const explained = { ...ifBindings, otherwise: 'Nobody can hold a role there.' };

    expect(verdictOn(explained, { ...allCapabilities, bindings: false }, [])).toBe('skip');
    expect(verdictOn(explained, { ...allCapabilities, bindings: true }, [])).toBe('run');
  });

  it('wants a skipped case that applies to fail', () => {
    expect(verdictOn(always, allCapabilities, skip)).toBe('mustFail');
  });
});

describe('a beginning with a star', () => {
  const starred = [{ case: 'bind*', reason: 'There are no bindings.' }];

  it('explains what does not apply', () => {
    expect(verdictOn(ifBindings, { ...allCapabilities, bindings: false }, starred)).toBe('skip');
    expect(problemsOfSkips([always, ifBindings], { ...allCapabilities, bindings: false }, starred)).toEqual([]);
  });

  it('takes nothing away that applies, and must explain something', () => {
    const able = { ...allCapabilities, bindings: true };
    expect(verdictOn(ifBindings, able, starred)).toBe('run');
    expect(problemsOfSkips([always, ifBindings], able, starred)).toHaveLength(1);
  });
});

describe('problemsOfSkips', () => {
  it('accepts skips of cases that exist', () => {
    expect(problemsOfSkips([always, ifBindings], allCapabilities, skip)).toEqual([]);
  });

  it.each([
    { reason: 'a case that does not exist', list: [{ case: 'alwyas', reason: 'The server loses updates.' }] },
    { reason: 'a case twice', list: [...skip, { case: 'always', reason: 'For another reason.' }] },
    { reason: 'no reason', list: [{ case: 'always', reason: ' ' }] },
    { reason: 'a word for a reason', list: [{ case: 'always', reason: 'flaky' }] },
  ])('refuses $reason', ({ list }) => {
    expect(problemsOfSkips([always, ifBindings], allCapabilities, list)).toHaveLength(1);
  });
});
