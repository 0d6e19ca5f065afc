/**
 * Where the rooms meet: reads as observe → plan → guard → apply → read back → report. Providers are reconciled one by one; Roles
 * lane by lane, a lane being one organization at one account.
 * @module
 */
export { bindingAddress } from './binding-target.ts';
export * from './connections.ts';
export * from './connector.ts';
export * from './drivers.ts';
export * from './keys.ts';
export * from './ports.ts';
export * from './provider-reconciler.ts';
export * from './role-lane.ts';
