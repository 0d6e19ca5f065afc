import { startJitsudo } from '../conformance/jitsudo-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('jitsudo', { start: (start) => startJitsudo('apiKey', {}, start), leftWith: [] });
