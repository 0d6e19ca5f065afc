/**
 * The emulated Klustr Directory API with the token endpoint in front of it. `state` holds organizations and tokens, `roles`,
 * `assignments` and `tokens` are the operations, `seed` and `actions` the ways past the API. In mode `source` it behaves as the
 * public source of the server does, in mode `documented` as the vendor's pages say.
 * @module
 */
export { klustrEmulator } from './definition.ts';
