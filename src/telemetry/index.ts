/**
 * What the operator tells about itself: structured logs that never show a secret, metrics, and the HTTP endpoints for
 * probes and scrapes. Nothing here is global: main builds one of each and hands them down.
 * @module
 */
export * from './describe-error.ts';
export * from './health.ts';
export * from './listen-address.ts';
export * from './logger.ts';
export * from './metric-definitions.ts';
export * from './metrics.ts';
export * from './scrubber.ts';
