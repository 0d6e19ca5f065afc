import { describe, expect, it } from 'vitest';
import { reasonsPageEmitter } from '../emit/reasons-page.ts';
import { fixtureFile } from '../fixtures/fixture.ts';
import { Problems } from '../problems.ts';
import { readAllReasons } from './read-api.ts';
import { readReasons } from './read-reasons.ts';

function read(source: string) {
  const problems = new Problems();
  return { list: readReasons(fixtureFile(source), 'reasons', problems), problems: problems.list };
}

describe('readReasons', () => {
  it('reads each reason with its meaning', () => {
    const { list, problems } = read(`
      /** Why. */
      export const reasons = {
        /** It is there. */
        Available: 'Available',
        /**
         * It is
         * not there.
         */
        Missing: 'Missing',
      } as const satisfies Record<string, string>;
    `);
    expect(problems).toEqual([]);
    expect(list).toEqual({
      description: 'Why.',
      entries: [
        { value: 'Available', description: 'It is there.' },
        { value: 'Missing', description: 'It is not there.' },
      ],
    });
  });

  const mistakes = [
    { reason: 'a reason nobody described', line: 3, entry: "Available: 'Available',", says: /Available has no description/ },
    {
      reason: 'a reason after an ordinary comment',
      line: 4,
      entry: "// A.\nAvailable: 'Available',",
      says: /Available has no description/,
    },
    { reason: 'a value other than its key', line: 4, entry: "/** A. */\nAvailable: 'Ready',", says: /written Reason: 'Reason'/ },
    { reason: 'a value that is no string', line: 4, entry: '/** A. */\nAvailable: 3,', says: /written Reason: 'Reason'/ },
    { reason: 'a tag', line: 6, entry: "/**\n * A. \n * @deprecated */\nAvailable: 'Available',", says: /Unknown tag @deprecated/ },
  ];
  it.each(mistakes)('reports $reason', ({ entry, line, says }) => {
    const { problems } = read(`/** Why. */\nexport const reasons = {\n${entry}\n};`);
    expect(problems).toEqual([{ filePath: '/api.ts', line, message: expect.stringMatching(says) }]);
  });

  it('reports a constant that is not there', () => {
    expect(read('export const others = {};').problems).toMatchObject([{ message: 'The constant object reasons is not there.' }]);
  });
});

describe('reasonsPageEmitter', () => {
  it('lists reasons by name', async () => {
    const problems = new Problems();
    const file = fixtureFile(`
      /** C. */
      export const reasons = {
        /** Second. */
        B: 'B',
        /** First. */
        A: 'A',
      };
      /** E. */
      export const eventReasons = {
        /** Third. */
        C: 'C',
      };
    `);
    const [page] = await reasonsPageEmitter(readAllReasons([file], problems)).emit();
    expect(problems.list).toEqual([]);
    expect(page?.path).toBe('docs/reference/reasons.md');
    expect(page?.text).toContain(
      [
        '| [`A`](../operations/troubleshooting.md#a) | First. |',
        '| [`B`](../operations/troubleshooting.md#b) | Second. |',
        '',
        '## Events',
      ].join('\n'),
    );
    expect(page?.text).toContain('| `C` | Third. |');
  });
});
