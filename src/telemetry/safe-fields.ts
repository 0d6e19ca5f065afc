import { type DescribedError, describeError } from './describe-error.ts';

/** What takes the place of a value that is never shown. */
const redacted = '[redacted]';
const deepest = 6;
const mostItems = 100;

/** Names of fields that hold credentials, or what was sent and received; in lower case without `-` and `_`. */
const secretNames: ReadonlySet<string> = new Set([
  'accesstoken',
  'apikey',
  'authorization',
  'body',
  'clientsecret',
  'cookie',
  'credentials',
  'headers',
  'password',
  'proxyauthorization',
  'refreshtoken',
  'secret',
  'secretaccesskey',
  'setcookie',
  'token',
  'xapikey',
]);

/**
 * A copy of `fields` that is safe to log: errors are described, values under secret names are redacted, and depth (6) and length
 * of lists (100) are bounded. Values that JSON has no form for are left out.
 */
export function safeFields(fields: Readonly<Record<string, unknown>>, scrub: (text: string) => string): Record<string, unknown> {
  return safeEntries(Object.entries(fields), scrub, deepest);
}

function safeEntries(
  entries: Iterable<readonly [unknown, unknown]>,
  scrub: (text: string) => string,
  depth: number,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const name = String(key);
    const isSecret = value !== undefined && secretNames.has(name.replaceAll(/[-_]/g, '').toLowerCase());
    copy[name] = isSecret ? redacted : safeValue(value, scrub, depth);
  }
  return copy;
}

function safeValue(value: unknown, scrub: (text: string) => string, depth: number): unknown {
  if (typeof value === 'bigint') {
    return String(value);
  }
  if (value === null || typeof value !== 'object') {
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  }
  if (value instanceof Error) {
    return describeError(value, scrub) satisfies DescribedError;
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  }
  if (depth === 0) {
    return '[deeper]';
  }
  if (Array.isArray(value) || value instanceof Set) {
    return safeList([...value], scrub, depth - 1);
  }
  return safeEntries(value instanceof Map ? value : Object.entries(value), scrub, depth - 1);
}

function safeList(items: readonly unknown[], scrub: (text: string) => string, depth: number): readonly unknown[] {
  const shown = items.slice(0, mostItems).map((item) => safeValue(item, scrub, depth));
  return items.length <= mostItems ? shown : [...shown, `[${items.length - mostItems} more]`];
}
