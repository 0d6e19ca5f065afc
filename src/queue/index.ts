/**
 * The work queue between what changed and who acts on it. It holds keys, each at most once, and files them into groups of
 * which one worker owns one at a time, so two writes to the same organization never interleave. Important keys go first, then
 * those that have been ready longest; failures come back after a growing wait. It knows nothing of what a key means.
 * @module
 */
export * from './key.ts';
export * from './types.ts';
export * from './work-queue.ts';
