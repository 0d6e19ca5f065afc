import { startJitsudo } from '../jitsudo-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

// The contract lets a user have no address.
runAnswerFuzz('jitsudo', (start) => startJitsudo('apiKey', {}, start), { mayLeaveOut: ['lookup'] });
