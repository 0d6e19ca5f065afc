import { describe, expect, it } from 'vitest';
import { parseDocComment } from './doc-comment.ts';

function parse(text: string) {
  const reported: string[] = [];
  const comment = parseDocComment(text, 10, (line, message) => reported.push(`${line}: ${message}`));
  return { ...comment, reported };
}

describe('parseDocComment', () => {
  const descriptions = [
    { reason: 'one line', text: '/** What it is. */', description: 'What it is.' },
    { reason: 'line breaks inside a paragraph are only layout', text: '/**\n * One\n * two.\n */', description: 'One two.' },
    { reason: 'an empty line separates paragraphs', text: '/**\n * One.\n *\n * Two.\n */', description: 'One.\n\nTwo.' },
    {
      reason: 'list entries stay apart',
      text: '/**\n * Either:\n * - one\n *   more\n * - two\n */',
      description: 'Either:\n- one more\n- two',
    },
    { reason: 'links become names', text: '/** See {@link Role} and {@link Role|that}. */', description: 'See `Role` and `Role`.' },
    { reason: 'an @ inside a line is text', text: '/** Mail a@b or x @y. */', description: 'Mail a@b or x @y.' },
    { reason: 'no prose at all', text: '/** @default 1 */', description: '' },
  ];
  it.each(descriptions)('reads the description: $reason', ({ text, description }) => {
    expect(parse(text)).toMatchObject({ description, reported: [] });
  });

  it('reads tags with their lines, whatever characters they hold', () => {
    const text = [
      '/**',
      ' * Prose.',
      ' * @pattern ^https?://[^\\s@?#]+$',
      ' * @default {"a":[{"b":"{@"}]}',
      ' * @printColumn Ready :: string :: .a[?(@.type=="Ready")].b :: Text.',
      ' */',
    ].join('\n');
    expect(parse(text).tags).toEqual([
      { name: 'pattern', text: '^https?://[^\\s@?#]+$', line: 12 },
      { name: 'default', text: '{"a":[{"b":"{@"}]}', line: 13 },
      { name: 'printColumn', text: 'Ready :: string :: .a[?(@.type=="Ready")].b :: Text.', line: 14 },
    ]);
  });

  it('joins a tag that goes on in the next line', () => {
    expect(parse('/**\n * @rule a ||\n *   b :: No.\n * @default 1\n */').tags).toEqual([
      { name: 'rule', text: 'a || b :: No.', line: 11 },
      { name: 'default', text: '1', line: 13 },
    ]);
  });

  it('reports prose after the tags instead of losing it', () => {
    expect(parse('/**\n * @default 1\n *\n * More.\n */').reported).toEqual([expect.stringMatching(/^13: Text after the tags/)]);
  });
});
