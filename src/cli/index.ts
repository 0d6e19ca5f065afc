/**
 * The command line: commands with declared flags, from which options, environment variables, help and the reference page
 * come. The way of a call: `program` picks the command, `flags` turns texts into values or says everything that is wrong
 * with them, the command runs. What a command does is handed in or lives in a file of its own.
 * @module
 */
export * from './command.ts';
export * from './emulate.ts';
export * from './environment.ts';
export * from './flag-types.ts';
export * from './flags.ts';
export * from './probe.ts';
export * from './program.ts';
export * from './usage-error.ts';
export * from './version.ts';
