import { describe, expect, it } from 'vitest';
import { type Page, readAllPages } from './pages.ts';

function list(pages: Readonly<Record<string, Page<string>>>, maxPages = 50) {
  return readAllPages({
    operation: 'listThings',
    read: async (cursor) => pages[cursor ?? 'first'] ?? { items: [], next: undefined },
    keyOf: (item) => item,
    maxPages,
  });
}

describe('readAllPages', () => {
  it('reads to the last page and keeps the order', async () => {
    const pages = { first: { items: ['a', 'b'], next: '2' }, 2: { items: ['c'], next: '3' }, 3: { items: [], next: undefined } };

    expect(await list(pages)).toEqual(['a', 'b', 'c']);
  });

  const broken: readonly { reason: string; pages: Readonly<Record<string, Page<string>>> }[] = [
    { reason: 'a page that points at itself', pages: { first: { items: ['a'], next: '2' }, 2: { items: ['b'], next: '2' } } },
    {
      reason: 'pages that point at each other',
      pages: { first: { items: ['a'], next: '2' }, 2: { items: ['b'], next: '3' }, 3: { items: ['c'], next: '2' } },
    },
    { reason: 'the same page twice under two names', pages: { first: { items: ['a'], next: '2' }, 2: { items: ['a'], next: undefined } } },
    { reason: 'an entry twice on one page', pages: { first: { items: ['a', 'a'], next: undefined } } },
    { reason: 'an empty page that is not the last', pages: { first: { items: [], next: '2' } } },
  ];
  it.each(broken)('does not believe $reason', async ({ pages }) => {
    await expect(list(pages)).rejects.toMatchObject({ kind: 'transient', details: { operation: 'listThings' } });
  });

  it('does not believe a page that follows itself, though it shows something else each time', async () => {
    let count = 0;
    const restless = readAllPages({
      operation: 'listThings',
      read: async () => ({ items: [String(count++)], next: 'same' }),
      keyOf: (item) => item,
      maxPages: 50,
    });

    await expect(restless).rejects.toMatchObject({ kind: 'transient' });
    expect(count).toBe(2);
  });

  it('ends when pages never do', async () => {
    let count = 0;
    const endless = readAllPages({
      operation: 'listThings',
      read: async () => ({ items: [String(count++)], next: `cursor ${count}` }),
      keyOf: (item) => item,
      maxPages: 50,
    });

    await expect(endless).rejects.toMatchObject({ kind: 'transient' });
    expect(count).toBe(50);
  });
});
