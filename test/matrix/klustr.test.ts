import { startKlustr } from '../conformance/klustr-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('klustr', { start: (start) => startKlustr('source', {}, start), leftWith: [] });
