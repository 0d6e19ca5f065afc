/**
 * The emulated Karmo auth-api with the AWS gateway in front of its token endpoint. `sigv4` recomputes signatures, `jwt` and `tokens` deal
 * with service tokens, `roles` and `members` are the other operations over `state`, `seed` and `actions` the ways past the API. What
 * nobody documents stands in `assumptions`; a seed can change methods, paths and names.
 * @module
 */
export { karmoEmulator } from './definition.ts';
