/**
 * The rules of the code base as programs. Each rule is one small function `ensureXxx(project, addProblem)` in `rules/`, with
 * a comment that states the rule; `rooms.ts` is the table of who may import whom. Only syntax is read, so a run takes
 * seconds.
 * @module
 */
export * from './problem.ts';
export * from './rooms.ts';
export * from './run.ts';
