/**
 * What a running rolekeeper consists of besides a control plane: the operator and the emulators, each as the process that a
 * user would start, and the means to look into them. Tests, the demo and the benchmarks use it. None of these processes
 * outlives the program that started it, however that ends, unless it is released.
 * @module
 */
export * from './emulator-process.ts';
export * from './log-lines.ts';
export * from './metric-samples.ts';
export * from './operator-process.ts';
export { ProcessStartError, ServerProcess } from './server-process.ts';
