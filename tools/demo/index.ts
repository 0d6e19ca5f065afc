/**
 * `make demo`: a control plane, an emulated provider and the operator on this machine, and a walk through what rolekeeper does with
 * them. The way of a run: `demo-run` starts the parts (`parts`) and ends them, `tour` shows things and checks what it claims,
 * `demo` and `kept` (the variant that stays) put these together. What is particular to a provider stands in a file of its name
 * and in `providers`, what the output looks like in `screen`.
 * @module
 */
export * from './demo.ts';
export type { DemoProvider, ProviderSession, RolePlace } from './demo-provider.ts';
export * from './kept.ts';
export * from './providers.ts';
export * from './screen.ts';
