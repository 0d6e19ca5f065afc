/**
 * Systems that hold roles. `contract.ts` says what a provider must do and promise; each folder is one provider. Shared code
 * depends on the contract alone and asks capabilities, never names.
 * @module
 */
export * from './contract.ts';
