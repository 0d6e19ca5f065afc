/**
 * WorkOS: organization roles of an environment and the memberships that hold them, over its Authorization and User Management APIs.
 * `client` speaks the contract and nothing else, `answers` decides what is believed, `normalize` knows the limits, `provider` keeps the
 * promises of the provider contract about roles and `holders` those about who holds one. Why not the vendor's library: docs/adr/0003-workos-client.md.
 * @module
 */
export { type WorkosDriverSettings, workosDriver } from './driver.ts';
