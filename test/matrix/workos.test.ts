import { startWorkos } from '../conformance/workos-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('workos', { start: (start) => startWorkos({}, { multipleRoles: true }, start), leftWith: ['member'] });
