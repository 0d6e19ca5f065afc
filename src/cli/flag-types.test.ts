import { expect, test } from 'vitest';
import {
  booleanFlag,
  choiceFlag,
  countFlag,
  durationFlag,
  type FlagType,
  listenFlag,
  namespaceFlag,
  namespacesFlag,
  objectNameFlag,
  textFlag,
} from './flag-types.ts';

interface Case {
  readonly reason: string;
  readonly type: FlagType<unknown>;
  readonly text: string;
  readonly want: unknown;
}

const seconds = durationFlag({ minMs: 1000, maxMs: 60_000 });
const accepted: readonly Case[] = [
  { reason: 'text is taken as it is', type: textFlag, text: ' a b ', want: ' a b ' },
  { reason: 'true', type: booleanFlag, text: 'true', want: true },
  { reason: 'false', type: booleanFlag, text: 'false', want: false },
  { reason: 'the lowest number', type: countFlag({ min: 1, max: 5 }), text: '1', want: 1 },
  { reason: 'the highest number', type: countFlag({ min: 1, max: 5 }), text: '5', want: 5 },
  { reason: 'a duration in milliseconds', type: seconds, text: '1m', want: 60_000 },
  { reason: 'a word of the list', type: choiceFlag(['json', 'auto']), text: 'auto', want: 'auto' },
  { reason: 'an object name with dots', type: objectNameFlag, text: 'role.keeper-2', want: 'role.keeper-2' },
  { reason: 'a namespace', type: namespaceFlag, text: 'team-a', want: 'team-a' },
  { reason: 'namespaces are sorted and unique', type: namespacesFlag, text: 'b, a,b', want: ['a', 'b'] },
  { reason: 'no namespace at all', type: namespacesFlag, text: '', want: [] },
  { reason: 'an address', type: listenFlag, text: '127.0.0.1:8080', want: { address: { host: '127.0.0.1', port: 8080 } } },
  { reason: 'no address on purpose', type: listenFlag, text: 'off', want: { address: undefined } },
];

test.each(accepted)('accepts "$text": $reason', ({ type, text, want }) => {
  expect(type.parse(text)).toEqual(want);
  // What is shown as a default must be what can be written.
  expect(type.parse(type.format(want))).toEqual(want);
});

const refused: readonly Omit<Case, 'want'>[] = [
  { reason: 'nothing is no text', type: textFlag, text: '' },
  { reason: 'there are two spellings of a boolean, not many', type: booleanFlag, text: 'yes' },
  { reason: 'below the range', type: countFlag({ min: 1, max: 5 }), text: '0' },
  { reason: 'above the range', type: countFlag({ min: 1, max: 5 }), text: '6' },
  { reason: 'no whole number', type: countFlag({ min: 1, max: 5 }), text: '1.5' },
  { reason: 'hexadecimal', type: countFlag({ min: 0, max: 99 }), text: '0x10' },
  { reason: 'white space is no number', type: countFlag({ min: 0, max: 5 }), text: ' ' },
  { reason: 'a duration needs a unit', type: seconds, text: '15' },
  { reason: 'a duration above the range', type: seconds, text: '61s' },
  { reason: 'words are told apart by case', type: choiceFlag(['json']), text: 'JSON' },
  { reason: 'upper case in a namespace', type: namespaceFlag, text: 'Team' },
  { reason: 'a dot in a namespace', type: namespaceFlag, text: 'a.b' },
  { reason: 'a namespace is at most 63 characters long', type: namespaceFlag, text: 'a'.repeat(64) },
  { reason: 'a name is at most 253 characters long', type: objectNameFlag, text: 'a'.repeat(254) },
  { reason: 'an empty name in a list', type: namespacesFlag, text: 'a,,b' },
  { reason: 'an address without a port', type: listenFlag, text: 'localhost' },
];

test.each(refused)('refuses "$text": $reason', ({ type, text }) => {
  expect(type.parse(text)).toBeUndefined();
});
