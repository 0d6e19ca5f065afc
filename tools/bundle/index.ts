/**
 * The one file that is shipped, and what has to go with it: a bill of materials and the licences of what is bundled. `bundle` makes all of
 * them; the same sources give the same bytes, wherever they lie.
 * @module
 */
export * from './bundle.ts';
export * from './packages.ts';
export * from './third-party.ts';
