import { runBindingConformance } from './binding-suite.ts';
import { startJitsudo } from './jitsudo-fixture.ts';
import type { SkippedCase } from './provider-suite.ts';

const foreignTenant =
  'A tenant that does not exist looks like one of somebody else: 403 tenant_mismatch, which says that the credentials are of another tenant.';

const skip: readonly SkippedCase[] = [
  { case: 'observe holders: an unknown organization is notFound', reason: foreignTenant },
  { case: 'missing: an organization that is not there is notFound', reason: foreignTenant },
];

runBindingConformance({ name: 'jitsudo', start: () => startJitsudo('apiKey'), skip });
