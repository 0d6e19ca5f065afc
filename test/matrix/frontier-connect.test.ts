import { startFrontier } from '../conformance/frontier-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('frontier over Connect', { start: (start) => startFrontier('v0.115', 'Connect', {}, start), leftWith: [] });
