import { runBindingConformance } from './binding-suite.ts';
import { startKlustr } from './klustr-fixture.ts';

runBindingConformance({ name: 'klustr as documented', start: () => startKlustr('documented'), skip: [] });
runBindingConformance({ name: 'klustr as in the public source', start: () => startKlustr('source'), skip: [] });
