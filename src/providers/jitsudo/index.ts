/**
 * jitsudo: roles of a tenant. `client` speaks the contract and nothing else, `answers` decides what is believed, `tenant` and
 * `normalize` know the spellings, `provider` keeps the promises of the provider contract. What nobody documents stands in
 * `assumptions`; operations that a server may be without are found out by asking.
 * @module
 */
export { type JitsudoDriverSettings, jitsudoDriver } from './driver.ts';
