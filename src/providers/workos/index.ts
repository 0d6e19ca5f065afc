/**
 * WorkOS: organization roles of an environment, over its Authorization API. `client` speaks the contract and nothing else,
 * `answers` decides what is believed, `normalize` knows the limits, `provider` keeps the promises of the provider contract.
 * Why not the vendor's library: docs/adr/0003-workos-client.md.
 * @module
 */
export { type WorkosDriverSettings, workosDriver } from './driver.ts';
