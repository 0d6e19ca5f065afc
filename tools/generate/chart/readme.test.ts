import { expect, test } from 'vitest';
import { readValues } from './readme.ts';

test('values have the comment before them as their meaning, also the first one of a mapping', () => {
  expect(
    readValues(`## Things

# One
# thing.
one: 1
two:
  # Three things.
  three: [a]
  # Four.
  four: ""

## Others

# A mapping of the user.
labels: {}
# A mapping of Kubernetes.
resources:
  limits: {cpu: 1}
`),
  ).toEqual([
    {
      heading: 'Things',
      values: [
        { path: 'one', fallback: 1, meaning: 'One thing.' },
        { path: 'two.three', fallback: ['a'], meaning: 'Three things.' },
        { path: 'two.four', fallback: '', meaning: 'Four.' },
      ],
    },
    {
      heading: 'Others',
      values: [
        { path: 'labels', fallback: {}, meaning: 'A mapping of the user.' },
        { path: 'resources', fallback: { limits: { cpu: 1 } }, meaning: 'A mapping of Kubernetes.' },
      ],
    },
  ]);
});

test('a value without a comment is listed without a meaning, for whoever checks that', () => {
  expect(readValues('## Things\n\n# One.\none: 1\ntwo: 2\n')[0]?.values[1]).toEqual({ path: 'two', fallback: 2, meaning: '' });
});
