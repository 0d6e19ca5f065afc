import { startKarmo } from '../karmo-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

runAnswerFuzz('karmo', (start) => startKarmo({ start }));
