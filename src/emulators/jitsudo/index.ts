/**
 * The emulated jitsudo API. `state` holds tenants with their credentials, `roles` and `users` are the operations, `seed` and `actions`
 * the ways past the API. What nobody documents stands in `assumptions`; operations that a server may be without can be switched off.
 * @module
 */
export { jitsudoEmulator } from './definition.ts';
