import { startWorkos } from '../workos-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

runAnswerFuzz('workos', (start) => startWorkos({}, { multipleRoles: true }, start));
