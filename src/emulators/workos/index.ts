/**
 * The WorkOS API as contracts/workos.openapi.yaml has it: environment and organization roles, the permission catalogue,
 * memberships, users and organizations of one environment. What the contract only assumes stands in `assumptions.ts`.
 * @module
 */
export { workosEmulator } from './definition.ts';
