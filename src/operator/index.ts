/**
 * The operator put together: which stores feed which queues, which controllers work on them, and who may write when. It knows
 * every room but no provider by name; `main.ts` hands the providers in.
 * @module
 */
export * from './operator.ts';
