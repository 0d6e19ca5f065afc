import { parse } from 'yaml';

/** A seed, an action or a fault rule that can't be understood. The message says where and what would be right. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/** Reads the text of a seed file: YAML, and so JSON too. Throws SeedError. */
export function parseSeed(text: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (error) {
    throw new SeedError(`The seed is not valid YAML: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** One object of a seed. Every field is read with its type, and fields that nobody has read are an error. */
export class SeedReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #known = new Set<string>();

  /** `path` says where the object stands; empty for the whole document. */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new SeedError(`${path === '' ? 'The document' : path} must be an object`);
    }
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  /** Reads the object with `read` and refuses fields that it didn't ask for. */
  static read<T>(value: unknown, path: string, read: (reader: SeedReader) => T): T {
    const reader = new SeedReader(value, path);
    const result = read(reader);
    reader.#refuseUnknown();
    return result;
  }

  string(key: string): string {
    return this.optionalString(key) ?? this.#fail(key, 'must be a string');
  }

  optionalString(key: string): string | undefined {
    const value = this.#get(key);
    return value === undefined || typeof value === 'string' ? value : this.#fail(key, 'must be a string');
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#get(key) ?? fallback;
    return typeof value === 'boolean' ? value : this.#fail(key, 'must be true or false');
  }

  optionalNumber(key: string): number | undefined {
    const value = this.#get(key);
    return value === undefined || (typeof value === 'number' && Number.isFinite(value)) ? value : this.#fail(key, 'must be a number');
  }

  oneOf<T extends string | number>(key: string, allowed: readonly T[], fallback: T): T {
    const value = this.#get(key) ?? fallback;
    return allowed.find((candidate) => candidate === value) ?? this.#fail(key, `must be one of ${allowed.join(', ')}`);
  }

  strings(key: string): readonly string[] {
    return this.list(key, (value, path) => {
      if (typeof value === 'string') return value;
      throw new SeedError(`${path} must be a string`);
    });
  }

  /** The entries of a list, each read by `item`; an absent list is empty. */
  list<T>(key: string, item: (value: unknown, path: string) => T): readonly T[] {
    const value = this.#get(key) ?? [];
    if (!Array.isArray(value)) return this.#fail(key, 'must be a list');
    return value.map((entry, index) => item(entry, `${this.#at(key)}[${index}]`));
  }

  /** The value as it is. */
  any(key: string): unknown {
    return this.#get(key);
  }

  /** Throws SeedError for a field. */
  #fail(key: string, what: string): never {
    throw new SeedError(`${this.#at(key)} ${this.#value[key] === undefined ? 'is missing and ' : ''}${what}`);
  }

  #get(key: string): unknown {
    this.#known.add(key);
    return this.#value[key];
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #refuseUnknown(): void {
    const unknown = Object.keys(this.#value).find((key) => !this.#known.has(key));
    if (unknown === undefined) return;
    throw new SeedError(`${this.#at(unknown)} is not known here; known are ${[...this.#known].sort().join(', ')}`);
  }
}
