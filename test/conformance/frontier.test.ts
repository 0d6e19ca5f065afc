import { settledFirst, startFrontier } from './frontier-fixture.ts';
import { runProviderConformance, type SkippedCase } from './provider-suite.ts';

const unknownOrganization =
  'Frontier says 403 of an organization that does not exist, to everybody: it can not be told from one that is out of reach. See frontier-details.test.ts.';
const noEmptyRole = 'Frontier keeps no role without a permission.';
const noSystemRole = 'Platform roles belong to no organization: they are never listed there and their names are free.';

const skip: readonly SkippedCase[] = [
  { case: 'observe: says notFound for an unknown organization', reason: unknownOrganization },
  { case: 'create: an unknown organization is notFound', reason: unknownOrganization },
  { case: 'create: makes a role without permissions', reason: noEmptyRole },
  { case: 'update: takes away every permission', reason: noEmptyRole },
  {
    case: 'update: replaces the permission set in one call and leaves fields and other roles alone',
    reason: 'It is one call, and the server carries it out in steps that can end half-way. See frontier-details.test.ts.',
  },
  {
    case: 'catalogue: a list that runs in circles is not believed',
    reason: 'The catalogue comes in one answer without pages, so there is no circle to run in.',
  },
  { case: 'observe: marks the roles of the system', reason: noSystemRole },
  { case: 'update: a role of the system is refused before anything is sent', reason: noSystemRole },
  { case: 'remove: a role of the system is refused before anything is sent', reason: noSystemRole },
];

runProviderConformance({ name: 'frontier v0.90 over REST', start: () => startFrontier('v0.90', 'REST'), skip });
runProviderConformance({ name: 'frontier v0.99 over Connect', start: () => startFrontier('v0.99', 'Connect'), skip });
runProviderConformance({ name: 'frontier v0.115 over Connect', start: () => startFrontier('v0.115', 'Connect'), skip });
runProviderConformance({ name: 'frontier v0.90, found out', start: async () => settledFirst(await startFrontier('v0.90', 'Auto')), skip });
runProviderConformance({
  name: 'frontier v0.115, found out',
  start: async () => settledFirst(await startFrontier('v0.115', 'Auto')),
  skip,
});
