/**
 * Provider-neutral values that every room speaks: roles, observations, plans, errors and capabilities. No I/O, no clock.
 * @module
 */
export * from './binding.ts';
export * from './capabilities.ts';
export * from './errors.ts';
export * from './plan.ts';
export * from './refusal.ts';
export * from './role.ts';
