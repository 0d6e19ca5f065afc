/**
 * Servers that speak a provider's contract on a port, in memory: what the tests, the demo and a user's own CI talk to. A
 * request goes through `server` (routes), `exchange` (credentials, limits, the operation, faults) and ends in the journal;
 * `control` is the way past the API. Each folder is one provider: operations over a state, written from its contract alone.
 * @module
 */
export type { EmulatorControl } from './control.ts';
export { type FaultKind, type FaultRule, faultKinds } from './faults.ts';
export { type JournalEntry, type JournalQuery, type Overlap, overlappingWrites } from './journal.ts';
export { parseSeed, SeedError } from './seed-reader.ts';
export { emulators, type RunningEmulator, startEmulator } from './start.ts';
export type { EmulatorDefinition, EmulatorOptions, ExchangeRecord } from './types.ts';
