/** An answer that isn't what the contract says. The message names the place and never repeats a value. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A JSON object whose fields are not known yet. */
export type UnknownObject = Readonly<Record<string, unknown>>;

/** The value, if it is an object; `path` says where it stands, for example `data[3]`. Throws ShapeError. */
export function asObject(value: unknown, path: string): UnknownObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as UnknownObject;
  throw unexpected(value, path, 'an object');
}

/** The items of the value, if it is an array, each read by `item`. Throws ShapeError. */
export function asArray<T>(value: unknown, path: string, item: (value: unknown, path: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw unexpected(value, path, 'an array');
  return value.map((entry, index) => item(entry, `${path}[${index}]`));
}

/** The value, if it is a string. Throws ShapeError. */
export function asString(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(value, path, 'a string');
}

/** The value, if it is a string with at least one character. Throws ShapeError. */
export function asFilledString(value: unknown, path: string): string {
  if (value === '') throw new ShapeError(`${path} is empty`);
  return asString(value, path);
}

/** The value, if it is a string or null. Throws ShapeError; an absent field is not null. */
export function asNullableString(value: unknown, path: string): string | null {
  return value === null ? null : asString(value, path);
}

/** The value, if it is exactly `expected`. Throws ShapeError. */
export function asConstant<T extends string | number | boolean>(value: unknown, path: string, expected: T): T {
  if (value === expected) return expected;
  throw unexpected(value, path, JSON.stringify(expected));
}

/** Throws ShapeError when two items have the same key: such a list can't be trusted to be complete. */
export function requireUnique<T>(items: readonly T[], path: string, keyOf: (item: T) => string): void {
  if (new Set(items.map(keyOf)).size !== items.length) throw new ShapeError(`${path} has two entries for the same thing`);
}

function unexpected(value: unknown, path: string, expected: string): ShapeError {
  return new ShapeError(value === undefined ? `${path} is missing` : `${path} is ${kindOf(value)}, not ${expected}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'another string' : `a ${typeof value}`;
}
