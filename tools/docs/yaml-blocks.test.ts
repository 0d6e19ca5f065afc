import { expect, it } from 'vitest';
import { merged, readYamlBlock } from './yaml-blocks.ts';

it.each([
  { reason: 'whole objects', mark: '', text: 'apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\n', is: 'objects' },
  { reason: 'part of an object', mark: 'fragment=Role', text: 'spec: {suspend: true}\n', is: 'fragment' },
  { reason: 'values of the chart', mark: 'values', text: 'replicas: 2\n', is: 'values' },
  { reason: 'a file of another program', mark: 'of=Kustomize', text: 'resources: [a]\n', is: 'other' },
  { reason: 'a part without a mark', mark: '', text: 'spec: {}\n', is: 'unclear' },
  { reason: 'one object and something else', mark: '', text: 'apiVersion: v1\nkind: A\n---\nspec: {}\n', is: 'unclear' },
  { reason: 'a mark that nobody knows', mark: 'fragmnt=Role', text: 'spec: {}\n', is: 'unclear' },
  { reason: 'a mark that does not say of what', mark: 'of', text: 'a: 1\n', is: 'unclear' },
  { reason: 'no YAML', mark: '', text: 'a: [1\n', is: 'unclear' },
  { reason: 'nothing', mark: 'values', text: '', is: 'unclear' },
])('a block with $reason is taken for: $is', ({ mark, text, is }) => {
  expect(readYamlBlock('page.md:1', mark, text)).toMatchObject({ at: 'page.md:1', is });
});

it('a fragment goes into its object field by field', () => {
  const base = { spec: { a: { x: 1, y: [1, 2] }, b: 1 } };
  expect(merged(base, { spec: { a: { y: [3] }, c: 2 } })).toEqual({ spec: { a: { x: 1, y: [3] }, b: 1, c: 2 } });
  expect(base).toEqual({ spec: { a: { x: 1, y: [1, 2] }, b: 1 } });
});
