import { startKlustr } from './klustr-fixture.ts';
import { runProviderConformance, type SkippedCase } from './provider-suite.ts';

const skip: readonly SkippedCase[] = [
  {
    case: 'catalogue: *',
    reason: 'Klustr has no catalogue: a scope exists because a role lists it, so none is unknown before it is written.',
  },
  { case: 'permissions: an unknown one is refused by name and the set stays as it is', reason: 'Permissions are free text to Klustr.' },
  {
    case: 'permissions: those that the plan wants created are created first, and one that exists meanwhile is fine',
    reason: 'There is no catalogue to create them in.',
  },
];

runProviderConformance({ name: 'klustr as documented', start: () => startKlustr('documented'), skip });
runProviderConformance({ name: 'klustr as in the public source', start: () => startKlustr('source'), skip });
