/**
 * Pure planning: desired role, observed role and policy in, a plan or a refusal out. No I/O, no clock, nothing asynchronous.
 * @module
 */
export * from './binding-plan.ts';
export {
  type BlastRadiusInput,
  type BlastRadiusLevel,
  blastRadiusLevels,
  computeBlastRadius,
  isLevelAbove,
} from './blast-radius.ts';
export * from './budget.ts';
export * from './canonical.ts';
export * from './ceiling.ts';
export * from './flapping.ts';
export * from './globs.ts';
export * from './guard.ts';
export * from './removal-budget.ts';
export * from './revocation-budget.ts';
export * from './role-plan.ts';
export * from './sets.ts';
