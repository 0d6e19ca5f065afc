import type { JsonValue } from '../../model/index.ts';
import type { Metadata } from './records.ts';
import { unreadable } from './refusals.ts';

/**
 * A request as the server unpacks it: fields by their snake_case names, whichever spelling they came in; unknown fields are
 * ignored, null is an absent field, and a field of a wrong type makes the whole message unreadable.
 */
export class Message {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) unreadable();
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  /** Reads the text of a body. */
  static parse(text: string): Message {
    try {
      return new Message(JSON.parse(text));
    } catch (error) {
      if (error instanceof SyntaxError) unreadable();
      throw error;
    }
  }

  /** The same message with some of its fields given from elsewhere. */
  with(fields: Readonly<Record<string, unknown>>): Message {
    return new Message({ ...this.#fields, ...fields });
  }

  /** The message itself as a field of another. */
  within(name: string): Message {
    return new Message({ [name]: this.#fields });
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** Absent is empty. */
  text(name: string): string {
    const value = this.#get(name) ?? '';
    return typeof value === 'string' ? value : unreadable();
  }

  /** Absent is empty. */
  texts(name: string): readonly string[] {
    return this.#list(name).map((entry) => (typeof entry === 'string' ? entry : unreadable()));
  }

  /** Absent is false. */
  flag(name: string): boolean {
    const value = this.#get(name) ?? false;
    if (typeof value === 'boolean') return value;
    return value === 'true' || value === 'false' ? value === 'true' : unreadable();
  }

  /** Absent is 0. */
  integer(name: string): number {
    const value = Number(this.#get(name) ?? 0);
    return Number.isInteger(value) ? value : unreadable();
  }

  /** Absent is a message without fields. */
  message(name: string): Message {
    return new Message(this.#get(name) ?? {});
  }

  messages(name: string): readonly Message[] {
    return this.#list(name).map((entry) => new Message(entry));
  }

  /** Free fields; absent is none. */
  metadata(name: string): Metadata {
    const value = this.#get(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) unreadable();
    return value as Readonly<Record<string, JsonValue>>;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name) ?? [];
    return Array.isArray(value) ? value : unreadable();
  }

  #get(name: string): unknown {
    const camel = name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
    return this.#fields[name] ?? this.#fields[camel] ?? undefined;
  }
}
