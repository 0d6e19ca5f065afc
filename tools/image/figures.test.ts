import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { inRepository } from '../lib/index.ts';
import { tableOf, withFigures } from './figures.ts';

describe('the figures of the image', () => {
  it('take the place of the old ones in the page, and of nothing else', async () => {
    const page = await readFile(inRepository('docs', 'operations', 'image.md'), 'utf8');
    const once = withFigures(page, tableOf([['size', '1 MB']], 'a machine'));
    expect(once).toContain('| size | 1 MB |');
    expect(withFigures(once, tableOf([['size', '2 MB']], 'a machine'))).toBe(once.replace('1 MB', '2 MB'));
    const [before = '', after = ''] = page.split(/<!-- Written by[\s\S]*<!-- End of what is written. -->/);
    expect(once.startsWith(before) && once.endsWith(after)).toBe(true);
    expect(after.trim()).not.toBe('');
  });

  it('go into no page without a place for them', () => {
    expect(() => withFigures('# Image\n', 'x')).toThrow(/no place/);
  });
});
