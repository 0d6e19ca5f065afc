import { runBindingConformance } from './binding-suite.ts';
import { startFrontier } from './frontier-fixture.ts';
import type { SkippedCase } from './provider-suite.ts';
import { runBindingEdits } from './suite/binding-edits.ts';

const unknownOrganization =
  'Frontier says 403 of an organization that does not exist, to everybody: it can not be told from one that is out of reach.';

const skip: readonly SkippedCase[] = [
  { case: 'observe holders: an unknown organization is notFound', reason: unknownOrganization },
  { case: 'missing: an organization that is not there is notFound', reason: unknownOrganization },
];

runBindingConformance({ name: 'frontier v0.90 over REST', start: () => startFrontier('v0.90', 'REST'), skip });
runBindingConformance({ name: 'frontier v0.99 over Connect', start: () => startFrontier('v0.99', 'Connect'), skip });
runBindingConformance({ name: 'frontier v0.115 over Connect', start: () => startFrontier('v0.115', 'Connect'), skip });

runBindingEdits({ name: 'frontier v0.90 over REST', start: () => startFrontier('v0.90', 'REST') });
runBindingEdits({ name: 'frontier v0.115 over Connect', start: () => startFrontier('v0.115', 'Connect') });
