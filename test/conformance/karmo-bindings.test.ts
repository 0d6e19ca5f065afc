import { runBindingConformance } from './binding-suite.ts';
import { startKarmo, startKarmoWithReadBack } from './karmo-fixture.ts';
import type { SkippedCase } from './provider-suite.ts';
import { runBindingEdits } from './suite/binding-edits.ts';

const toldByTheAnswer = 'The answer to a change is the first that says what the membership is. See below.';
const onlyMembers = 'Without read-back, users are found by address in the organization only. See below.';

const changed: readonly SkippedCase[] = [
  { case: 'obstacle: whoever has one is left alone, and nobody is made active unasked', reason: toldByTheAnswer },
  { case: 'obstacle: nobody is made active to lose a role, and no other obstacle gives way', reason: toldByTheAnswer },
];

runBindingConformance({
  name: 'karmo',
  start: () => startKarmo(),
  skip: [
    ...changed,
    { case: 'lookup: a user is found by e-mail address, with white space around it too', reason: onlyMembers },
    { case: 'lookup: each subject is found or not by itself', reason: onlyMembers },
    { case: 'lookup: capital letters in an address matter as they do at the provider', reason: onlyMembers },
    { case: 'lookup: who was found by address is remembered for a minute, who was not is asked for again', reason: onlyMembers },
  ],
});
runBindingConformance({
  name: 'karmo with read-back',
  start: () => startKarmoWithReadBack({ expiring: 'all' }),
  skip: [
    ...changed,
    {
      case: 'change: a role that is held already is not written again',
      reason: 'Karmo replaces the managed roles in one call, which costs no more than to read them once more.',
    },
  ],
});

runBindingEdits({ name: 'karmo', start: () => startKarmo() });
runBindingEdits({ name: 'karmo with read-back', start: () => startKarmoWithReadBack() });
