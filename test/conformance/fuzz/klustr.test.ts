import { startKlustr } from '../klustr-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

// The contract lets an identity have no address.
runAnswerFuzz('klustr', (start) => startKlustr('source', {}, start), { mayLeaveOut: ['lookup'], emptyList: '[]' });
