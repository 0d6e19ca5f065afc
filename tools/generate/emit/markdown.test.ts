import { describe, expect, it } from 'vitest';
import { alternatives, code, headingLink, page, table } from './markdown.ts';

describe('markdown', () => {
  it('escapes what would break a table', () => {
    expect(table(['A'], [['x|y\nz']])).toBe('| A |\n| --- |\n| x\\|y<br>z |');
  });

  it('fences code that holds backticks', () => {
    expect(code('a')).toBe('`a`');
    expect(code('a`b``c')).toBe('``` a`b``c ```');
  });

  it('lists alternatives', () => {
    expect(alternatives([])).toBe('');
    expect(alternatives(['a'])).toBe('a');
    expect(alternatives(['a', 'b', 'c'])).toBe('a, b or c');
  });

  it('links to a heading', () => {
    expect(headingLink('Shared types')).toBe('[Shared types](#shared-types)');
  });

  it('leaves empty blocks out of a page', () => {
    expect(page('a', '', 'b')).toBe('a\n\nb\n');
  });
});
