import { startKarmoWithReadBack } from '../conformance/karmo-fixture.ts';
import { runMatrix } from './run-matrix.ts';

runMatrix('karmo with readBack', { start: (start) => startKarmoWithReadBack({ start }), leftWith: ['member'] });
