/**
 * The emulated Raystack Frontier server. Its setting `version` says which release it behaves as: v0.90 answers REST with
 * snake_case fields and all of them present, v0.99 and v0.115 speak Connect only. `wires` puts both over the same operations
 * (`roles`, `permissions`, `policies`, `members`, `directory`, `tokens`), `state` keeps beside each role what is really in
 * force, and `seed` and `actions` are the ways past the API.
 * @module
 */
export { frontierEmulator } from './definition.ts';
