/**
 * What comes in from others: which packages may run something when they are installed, under which licences they come, whether each is pinned
 * to its content, and what is known against them. All but the last needs no network.
 * @module
 */
export * from './npm-audit.ts';
export * from './packages.ts';
export * from './permitted.ts';
