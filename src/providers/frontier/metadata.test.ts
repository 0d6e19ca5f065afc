import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Metadata, readMetadata, reservedFor, writeMetadata } from './metadata.ts';

const whole = { managed_by: 'rolekeeper', rolekeeper_object: 'a/b', rolekeeper_cluster: 'c' };

describe('readMetadata', () => {
  const cases: readonly { reason: string; metadata: Metadata; content: object }[] = [
    { reason: 'nothing', metadata: {}, content: { description: '', metadata: {} } },
    {
      reason: 'a description, the mark, what the server writes and the rest',
      metadata: { description: 'Text', org_name: 'Acme', team: 'x', ...whole },
      content: { description: 'Text', mark: { object: 'a/b', cluster: 'c' }, metadata: { team: 'x' } },
    },
    {
      reason: 'a mark of somebody else, which is metadata like any other',
      metadata: { ...whole, managed_by: 'terraform' },
      content: { description: '', metadata: { ...whole, managed_by: 'terraform' } },
    },
    {
      reason: 'half a mark, which says nothing',
      metadata: { managed_by: 'rolekeeper', rolekeeper_object: 'a/b', team: 'x' },
      content: { description: '', metadata: { team: 'x' } },
    },
    {
      reason: 'a description that is no text, which is kept as it is',
      metadata: { description: { en: 'Text' } },
      content: { description: '', metadata: { description: { en: 'Text' } } },
    },
  ];
  it.each(cases)('finds $reason', ({ metadata, content }) => {
    expect(readMetadata(metadata)).toEqual(content);
  });

  it('loses nothing that writeMetadata has written, whatever the values', () => {
    const key = fc.string({ maxLength: 8 }).filter((each) => reservedFor(each) === undefined && each !== '__proto__');
    const metadata = fc.dictionary(key, fc.jsonValue()) as fc.Arbitrary<Metadata>;
    const mark = fc.option(fc.record({ cluster: fc.string(), object: fc.string() }), { nil: undefined });
    fc.assert(
      fc.property(fc.string(), metadata, mark, (description, others, own) => {
        const content = { description, metadata: others, ...(own === undefined ? {} : { mark: own }) };
        expect(readMetadata(writeMetadata(content))).toEqual(content);
        expect(readMetadata({ ...writeMetadata(content), org_name: 'Acme' })).toEqual(content);
      }),
    );
  });
});

describe('writeMetadata', () => {
  it('leaves an empty description out, and lets the mark win over what stood there', () => {
    const mark = { cluster: 'c', object: 'a/b' };

    expect(writeMetadata({ description: '', mark, metadata: { managed_by: 'terraform', n: 1 } })).toEqual({ n: 1, ...whole });
  });
});

describe('reservedFor', () => {
  it.each(['description', 'org_name', 'label', ...Object.keys(whole)])('keeps %s from manifests', (key) => {
    expect(reservedFor(key)).toMatch(/ /);
  });

  it.each(['team', 'labels', 'Description', 'org'])('leaves %s to them', (key) => {
    expect(reservedFor(key)).toBeUndefined();
  });
});
