/**
 * What provider clients that speak HTTP and JSON share: sending one call with limiter, deadline and metrics, turning every
 * failure into a ProviderError by a table, checking answers before they are believed, reading lists to their last page, keeping
 * tokens, a permission catalogue and what was found lately, taking turns. Knows no provider: what differs is handed in.
 * @module
 */
export * from './caching-catalogue.ts';
export * from './clean-text.ts';
export * from './credentials.ts';
export * from './half-created.ts';
export * from './pages.ts';
export * from './provider-api.ts';
export * from './recent.ts';
export * from './retry-after.ts';
export * from './shape.ts';
export * from './status-rules.ts';
export * from './token-source.ts';
export * from './turns.ts';
export * from './urls.ts';
