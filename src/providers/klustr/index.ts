/**
 * Klustr: organization roles, over its Directory API. `client` speaks the contract and nothing else, `tokens` keeps the OAuth2
 * token that it needs, `answers` decides what is believed, `ids` and `normalize` know the spellings, `provider` keeps the promises
 * of the provider contract about roles and `holders` those about who holds one. Which library gets the token, and how:
 * docs/adr/0006-oauth-library.md.
 * @module
 */
export { type KlustrDriverSettings, klustrDriver } from './driver.ts';
