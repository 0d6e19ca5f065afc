/**
 * The engine that turns keys into work. Workers take a group from the queue, let the reconciler look at its keys, and act on
 * each outcome in one switch: forget, look again later, or try again after a backoff. It waits for the caches before it begins,
 * begins nothing while the gate is closed, stops at once when leadership is lost and in order when the process is to end. It
 * knows nothing of roles and providers.
 * @module
 */
export * from './each.ts';
export * from './engine.ts';
export * from './types.ts';
