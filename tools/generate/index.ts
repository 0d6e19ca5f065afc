/**
 * Turns the TypeScript types of `src/api` into everything that follows from them: CRDs, JSON Schemas and reference pages.
 * `api/` reads the sources through the type checker into a model and reports every construct it can't express; `emit/` makes
 * files from the model; `emitters.ts` is the list of what is made, open to files with other sources; `run.ts` writes them or
 * compares them with the repository.
 * @module
 */
export type { Emitter, GeneratedFile } from './emitter.ts';
export { generatedNotice } from './emitter.ts';
export { emitters } from './emitters.ts';
export type { RunOptions, RunResult } from './run.ts';
export { runGenerator } from './run.ts';
