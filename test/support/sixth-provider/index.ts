/**
 * The smallest complete provider there can be, for a service that doesn't exist: a list of roles, each with a title, a note and
 * permissions as free text. It proves what a new provider takes, and is a skeleton to begin one from.
 * @module
 */
export { sixthDriver } from './driver.ts';
