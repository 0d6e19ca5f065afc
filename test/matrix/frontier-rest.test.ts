import { startFrontier } from '../conformance/frontier-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('frontier over REST', { start: (start) => startFrontier('v0.90', 'REST', {}, start), leftWith: [] });
