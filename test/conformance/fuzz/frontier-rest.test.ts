import { startFrontier } from '../frontier-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

runAnswerFuzz('frontier over REST', (start) => startFrontier('v0.90', 'REST', {}, start));
