import { startKarmoWithReadBack } from '../karmo-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

// WorkOS may answer without the list of a membership's roles, which is then read as one role.
runAnswerFuzz('karmo with readBack', (start) => startKarmoWithReadBack({ start }), { mayLeaveOut: ['holders'] });
