import { runBindingConformance } from './binding-suite.ts';
import { startWorkos } from './workos-fixture.ts';

runBindingConformance({
  name: 'workos with Multiple Roles',
  start: () => startWorkos({}, { multipleRoles: true }),
  skip: [],
});
runBindingConformance({ name: 'workos with one role for each member', start: () => startWorkos({ multipleRoles: false }), skip: [] });
