/**
 * Raystack Frontier: organization roles and who holds them, over REST v1beta1 or Connect RPC. `client` makes the calls, in one form for both
 * ways to the server (`rest-rpc`, `connect-rpc`, and `auto-rpc`, which finds out); `authorization` keeps the token that they need, `answers`
 * and `messages` decide what is believed, `metadata`, `organizations`, `permissions`, `principals` and `normalize` know the spellings.
 * `provider` keeps the promises of the provider contract, and `holders` those about who holds a role: `directory` finds subjects, `role-names`
 * the uuids of roles. Why it is so: docs/adr/0008-frontier-connect.md.
 * @module
 */
export { type FrontierDriverSettings, frontierDriver } from './driver.ts';
