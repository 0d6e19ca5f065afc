/**
 * What GitOps tools make of our objects, by the code that those tools run: the Go program in this folder, built once into the cache, and
 * the conversation with it.
 * @module
 */
export * from './ensure-judge.ts';
export * from './judge.ts';
