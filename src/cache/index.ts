/**
 * What the operator knows of the cluster: a reflector lists and watches one kind of object and keeps a store of frozen objects
 * current, whatever the API server and the network do. The store tells listeners what changed and answers from indexes. Nothing
 * here decides anything.
 * @module
 */
export * from './object-store.ts';
export * from './reflector.ts';
export * from './types.ts';
