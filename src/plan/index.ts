/**
 * Pure planning: desired role, observed role and policy in, a plan or a refusal out. No I/O, no clock, nothing asynchronous.
 * @module
 */
export * from './binding-plan.ts';
export * from './canonical.ts';
export * from './guard.ts';
export * from './role-plan.ts';
export * from './sets.ts';
