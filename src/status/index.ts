/**
 * Pure translation of what happened into what people see: outcomes to conditions and status fields, provider errors to reasons.
 * No I/O, no clock: the time is an argument.
 * @module
 */
export * from './binding-status.ts';
export * from './conditions.ts';
export * from './failures.ts';
export * from './outcome.ts';
export * from './provider-status.ts';
export * from './role-status.ts';
export * from './values.ts';
