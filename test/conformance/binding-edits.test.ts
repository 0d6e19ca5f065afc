import { startJitsudo } from './jitsudo-fixture.ts';
import { startKlustr } from './klustr-fixture.ts';
import { runBindingEdits } from './suite/binding-edits.ts';
import { startWorkos } from './workos-fixture.ts';

runBindingEdits({ name: 'workos with Multiple Roles', start: () => startWorkos({}, { multipleRoles: true }) });
runBindingEdits({ name: 'klustr as documented', start: () => startKlustr('documented') });
runBindingEdits({ name: 'klustr as in the public source', start: () => startKlustr('source') });
runBindingEdits({ name: 'jitsudo', start: () => startJitsudo('token') });
