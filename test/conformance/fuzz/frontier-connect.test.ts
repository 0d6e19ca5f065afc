import { startFrontier } from '../frontier-fixture.ts';
import { runAnswerFuzz } from './run-fuzz.ts';

// The format leaves out lists that are empty, so one that is missing can't be told from one.
const mayLeaveOut = ['observe', 'unknown', 'lookup', 'holders'] as const;

runAnswerFuzz('frontier over Connect', (start) => startFrontier('v0.115', 'Connect', {}, start), { mayLeaveOut, emptyList: '{}' });
