/**
 * Small helpers of the tools and tests: where the repository is, running other programs, servers as
 * processes of their own, ending processes, locks between processes, free ports, waiting, showing progress.
 * Nothing here knows rolekeeper, and nothing in `src` imports it.
 * @module
 */
export * from './component.ts';
export * from './lock-file.ts';
export * from './ports.ts';
export * from './processes.ts';
export * from './progress.ts';
export * from './reaper.ts';
export * from './repository.ts';
export * from './user-error.ts';
export * from './waiting.ts';
