import { describe, expect, it } from 'vitest';
import { formatCommand, formatTable, Screen, screenWidth, shellWord, wrap, wrapColumns } from './screen.ts';

function capture(env: NodeJS.ProcessEnv = {}, isTTY = false): { readonly screen: Screen; text(): string } {
  let text = '';
  const screen = new Screen({ isTTY, write: (part) => (text += part) }, env);
  return { screen, text: () => text };
}

const escapeCode = '\u001b';

describe('Screen', () => {
  it('numbers the steps', () => {
    const { screen, text } = capture();
    screen.step('First');
    screen.step('Second');
    expect(text()).toBe('\n 1  First\n\n 2  Second\n');
    expect(screen.stepNumber).toBe(2);
  });

  it('shows what went, what came and what stayed in one sorted list', () => {
    const { screen, text } = capture();
    screen.difference(['b:read', 'c:pay'], ['a:manage', 'b:read']);
    expect(text()).toBe('      + a:manage\n        b:read\n      - c:pay\n');
  });

  it('never writes beyond its width', () => {
    const { screen, text } = capture();
    screen.say('word '.repeat(100));
    screen.good('word '.repeat(100));
    screen.list(['word '.repeat(100)]);
    screen.command(['kubectl', ...Array.from({ length: 40 }, () => '--flag=value')]);
    screen.table(['A', 'B'], [['x', 'word '.repeat(100)]]);
    screen.printed(`REASON   ${'word '.repeat(100)}`);
    expect(
      Math.max(
        ...text()
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(screenWidth);
  });

  it.each<{ reason: string; env: NodeJS.ProcessEnv; isTTY: boolean; colored: boolean }>([
    { reason: 'a terminal gets colours', env: {}, isTTY: true, colored: true },
    { reason: 'a pipe or a file gets none', env: {}, isTTY: false, colored: false },
    { reason: 'NO_COLOR with any value switches them off', env: { NO_COLOR: '1' }, isTTY: true, colored: false },
    { reason: 'an empty NO_COLOR counts as absent', env: { NO_COLOR: '' }, isTTY: true, colored: true },
    { reason: 'a dumb terminal shows escapeCode sequences as rubbish', env: { TERM: 'dumb' }, isTTY: true, colored: false },
  ])('$reason', ({ env, isTTY, colored }) => {
    const { screen, text } = capture(env, isTTY);
    screen.step('Title');
    screen.good('fine');
    screen.difference(['a'], ['b']);
    expect(text().includes(escapeCode)).toBe(colored);
  });
});

describe('wrap', () => {
  it('breaks between words and gives a long word a line of its own', () => {
    expect(wrap('one two three-and-more four', 8)).toEqual(['one two', 'three-and-more', 'four']);
  });
});

describe('wrapColumns', () => {
  it('goes on below the last column', () => {
    expect(wrapColumns('Reason   one two three', 16)).toEqual(['Reason   one two', '         three']);
  });

  it('leaves a line without columns alone, for it may be data', () => {
    expect(wrapColumns('one two three four', 8)).toEqual(['one two three four']);
  });
});

describe('formatTable', () => {
  it('aligns columns and breaks the last one', () => {
    expect(
      formatTable(
        [
          ['ROLE', 'PERMISSIONS'],
          ['admin', 'a, b, c'],
        ],
        12,
      ),
    ).toEqual(['ROLE   PERMISSIONS', 'admin  a, b,', '       c']);
  });
});

describe('formatCommand', () => {
  it('continues long commands and keeps an option and its value together', () => {
    expect(formatCommand(['curl', '-H', 'a: b', '--data=x', 'http://h'], 16)).toEqual(["curl -H 'a: b' \\", '  --data=x \\', '  http://h']);
  });
});

describe('shellWord', () => {
  it.each<{ reason: string; word: string; shown: string }>([
    { reason: 'plain words stay as they are', word: 'orgrole/org-admin', shown: 'orgrole/org-admin' },
    { reason: 'spaces need quotes', word: 'a b', shown: "'a b'" },
    { reason: 'a quote within quotes is spelled out', word: "a'b c", shown: `'a'\\''b c'` },
    { reason: 'only the value of an assignment is quoted', word: '--for=jsonpath={.a}=b', shown: "--for='jsonpath={.a}=b'" },
    { reason: 'what the shell is to replace goes into double quotes', word: 'at=$(date +%s)', shown: 'at="$(date +%s)"' },
    { reason: 'double quotes within them are escaped', word: '"$A"', shown: '"\\"$A\\""' },
  ])('$reason', ({ word, shown }) => {
    expect(shellWord(word)).toBe(shown);
  });
});
