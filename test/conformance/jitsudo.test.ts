import { startJitsudo } from './jitsudo-fixture.ts';
import { runProviderConformance, type SkippedCase } from './provider-suite.ts';

const foreignTenant =
  'A tenant that does not exist looks like one of somebody else: 403 tenant_mismatch, which says that the credentials are of another tenant.';

const skip: readonly SkippedCase[] = [
  { case: 'observe: says notFound for an unknown organization', reason: foreignTenant },
  { case: 'create: an unknown organization is notFound', reason: foreignTenant },
  {
    case: 'catalogue: a list that runs in circles is not believed',
    reason: 'The catalogue comes in one answer without pages, so there is no circle to run in.',
  },
  {
    case: 'permissions: those that the plan wants created are created first, and one that exists meanwhile is fine',
    reason: 'Scopes come with the product and nobody can create one.',
  },
];

runProviderConformance({ name: 'jitsudo with an API key', start: () => startJitsudo('apiKey'), skip });
runProviderConformance({ name: 'jitsudo with a token', start: () => startJitsudo('token'), skip });
