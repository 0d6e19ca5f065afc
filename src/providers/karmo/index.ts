/**
 * Karmo's auth-api: roles of organizations in an access provider that Karmo stands in front of. `client` speaks the contract in the
 * `dialect` of a deployment, `aws-credentials` and `aws-signer` get the token that it needs, `answers` decides what is believed,
 * `normalize` knows the limits. `provider` sends roles that nobody can read; `read-back` reads them where Karmo writes them, through a
 * driver that is handed in. `holders` gives them to people. What nobody documents stands in `assumptions`. Why AWS's libraries sign:
 * docs/adr/0007-aws-signing.md.
 * @module
 */
export { type KarmoDriverSettings, karmoDriver, type ReaderSettings } from './driver.ts';
