import { startKarmo } from '../conformance/karmo-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('karmo', {
  start: (start) => startKarmo({ start }),
  leftWith: [],
  findsMembersOnly: true,
  // A role that can't be seen is taken over unseen.
  roleSpec: { adoptionPolicy: 'Always' },
});
