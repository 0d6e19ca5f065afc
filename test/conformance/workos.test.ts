import { runProviderConformance } from './provider-suite.ts';
import { startWorkos } from './workos-fixture.ts';

runProviderConformance({ name: 'workos', start: () => startWorkos(), skip: [] });
runProviderConformance({
  name: 'workos that answers 422 to unknown permissions',
  start: () => startWorkos({ unknownPermissionStatus: 422 }),
  skip: [],
});
