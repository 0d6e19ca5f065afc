import { describe, expect, it } from 'vitest';
import { misplacedTags, parseTags, type TagPlace } from './tags.ts';

function parse(line: string, place: TagPlace = 'property') {
  const reported: string[] = [];
  const tags = line.split('\n').map((text, index) => {
    const [, name = '', rest = ''] = /^@(\S+)\s*(.*)$/.exec(text) ?? [];
    return { name, text: rest, line: index + 1 };
  });
  return { parsed: parseTags(tags, place, (at, message) => reported.push(`${at}: ${message}`)), reported };
}

describe('parseTags', () => {
  it('understands every tag of a property', () => {
    const { parsed, reported } = parse(
      [
        '@default "10m"',
        '@pattern ^a$',
        '@minLength 1',
        '@maxLength 2',
        '@format date-time',
        '@type int32',
        '@minimum -1',
        '@maximum 5',
        '@listType map',
        '@listMapKey type',
        '@minItems 0',
        '@maxItems 9',
        '@minProperties 1',
        '@maxProperties 3',
        '@uniqueItems Twice.',
        '@items minLength=1 pattern=^[a=b]$',
        '@rule self == oldSelf :: It is immutable.',
        "@rule self in ['a::b', 'c :: d'] :: Second.",
      ].join('\n'),
    );
    expect(reported).toEqual([]);
    expect(parsed.constraints).toEqual({
      default: '10m',
      pattern: '^a$',
      minLength: 1,
      maxLength: 2,
      format: 'date-time',
      type: 'int32',
      minimum: -1,
      maximum: 5,
      listType: 'map',
      listMapKey: 'type',
      minItems: 0,
      maxItems: 9,
      minProperties: 1,
      maxProperties: 3,
      uniqueItems: 'Twice.',
      items: { minLength: 1, pattern: '^[a=b]$', rules: [] },
      rules: [
        { rule: 'self == oldSelf', message: 'It is immutable.' },
        { rule: "self in ['a::b', 'c :: d']", message: 'Second.' },
      ],
    });
  });

  it('understands the tags of a kind', () => {
    const { parsed, reported } = parse(
      [
        '@resource plural=things singular=thing shortNames=th,tg scope=Cluster',
        '@printColumn Ready :: string :: .status.ready :: Whether it is.',
        '@printColumn Age :: date :: .metadata.creationTimestamp :: Since when. :: priority=1',
      ].join('\n'),
      'kind',
    );
    expect(reported).toEqual([]);
    expect(parsed.resource).toEqual({ plural: 'things', singular: 'thing', shortNames: ['th', 'tg'], scope: 'Cluster' });
    expect(parsed.columns).toEqual([
      { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Whether it is.', priority: 0 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since when.', priority: 1 },
    ]);
  });

  const mistakes: readonly { reason: string; tags: string; place?: TagPlace; says: RegExp }[] = [
    { reason: 'a tag nobody knows', tags: '@defualt 1', says: /Unknown tag @defualt.*@default/ },
    { reason: 'a tag of another place', tags: '@printColumn a :: string :: .a :: A.', says: /Misplaced tag @printColumn/ },
    { reason: 'a constraint on a type has no value to hold for', tags: '@maxLength 1', place: 'type', says: /Misplaced tag @maxLength/ },
    { reason: 'a tag twice, of which one would be lost', tags: '@minLength 1\n@minLength 2', says: /^2: @minLength is given twice/ },
    { reason: 'a string without quotes', tags: '@default Enforce', says: /@default: "Enforce" is not JSON/ },
    { reason: 'a count that is none', tags: '@maxItems -1', says: /@maxItems: "-1" is not a count/ },
    { reason: 'a bound that is no number', tags: '@minimum one', says: /@minimum: "one" is not an integer/ },
    { reason: 'a broken pattern', tags: '@pattern ^(a$', says: /@pattern: .*not a regular expression/ },
    { reason: 'a pattern that RE2 lacks', tags: '@pattern ^(?!x).*$', says: /@pattern: look-around/ },
    { reason: 'no pattern', tags: '@pattern', says: /@pattern: a regular expression is missing/ },
    { reason: 'a list type that Kubernetes lacks', tags: '@listType bag', says: /@listType: "bag" is none of set, map, atomic/ },
    { reason: 'a number type that Kubernetes lacks', tags: '@type int16', says: /@type: "int16" is none of int32, int64/ },
    { reason: 'a rule that says nothing to people', tags: '@rule self == oldSelf', says: /@rule: expects `CEL :: message`/ },
    { reason: 'a rule with an empty message', tags: '@rule self == oldSelf :: ', says: /@rule: expects `CEL :: message`/ },
    { reason: 'uniqueness without a message', tags: '@uniqueItems', says: /@uniqueItems: a message for people is missing/ },
    { reason: 'items with an unknown key', tags: '@items length=1', says: /@items: unknown key "length"/ },
    { reason: 'items without values', tags: '@items minLength', says: /@items: "minLength" is not key=value/ },
    {
      reason: 'a resource without scope',
      tags: '@resource plural=a singular=b shortNames=c',
      place: 'kind',
      says: /@resource: scope= is missing/,
    },
    {
      reason: 'a resource with a key nobody reads',
      tags: '@resource plural=a singular=b shortNames=c scope=Cluster categories=all',
      place: 'kind',
      says: /@resource: unknown key "categories"/,
    },
    { reason: 'a column without description', tags: '@printColumn a :: string :: .a', place: 'kind', says: /@printColumn: expects/ },
    { reason: 'a column of no type', tags: '@printColumn a :: text :: .a :: A.', place: 'kind', says: /@printColumn: "text" is none of/ },
    { reason: 'a path without its dot', tags: '@printColumn a :: string :: a :: A.', place: 'kind', says: /@printColumn: the path "a"/ },
    {
      reason: 'a priority that is none',
      tags: '@printColumn a :: string :: .a :: A. :: wide',
      place: 'kind',
      says: /"wide" is not priority=N/,
    },
  ];
  it.each(mistakes)('reports $reason', ({ tags, place, says }) => {
    const { reported } = parse(tags, place);
    expect(reported).toEqual([expect.stringMatching(says)]);
  });
});

describe('misplacedTags', () => {
  it('names the constraints that say nothing about a type', () => {
    const constraints = { rules: [], default: 1, minLength: 1, maximum: 2, listType: 'set' } as const;
    expect(misplacedTags(constraints, 'string')).toEqual(['maximum', 'listType']);
    expect(misplacedTags(constraints, 'integer')).toEqual(['minLength', 'listType']);
    expect(misplacedTags({ rules: [] }, 'boolean')).toEqual([]);
  });
});
