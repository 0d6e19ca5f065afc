/**
 * jitsudo: roles of a tenant. `client` speaks the contract and nothing else, `answers` decides what is believed, `tenant` and
 * `normalize` know the spellings, `provider` keeps the promises of the provider contract about roles and `holders` those about who holds
 * one. What nobody documents stands in `assumptions`; what a server turns out to be without is kept in `abilities`.
 * @module
 */
export { type JitsudoDriverSettings, jitsudoDriver } from './driver.ts';
