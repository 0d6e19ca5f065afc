import { refuse } from './replies.ts';

/** Limits of one string field. */
export interface TextRule {
  readonly maxLength?: number;
  readonly pattern?: RegExp;
}

/** Longest slug of a role or permission. */
export const slugLength = 48;
/** Longest name of a role or permission. */
export const nameLength = 48;
/** Longest description. */
export const descriptionLength = 150;

/** The fields of a request body. Everything wrong with one field is answered with 422. */
export class Fields {
  readonly #body: Readonly<Record<string, unknown>>;
  /** The machine code of a refusal; most operations have none. */
  readonly #code: string | undefined;

  constructor(body: unknown, code?: string) {
    this.#code = code;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) this.#refuse('body', 'must be an object');
    this.#body = body as Readonly<Record<string, unknown>>;
  }

  has(key: string): boolean {
    return this.#body[key] !== undefined;
  }

  text(key: string, rule: TextRule = {}): string {
    return this.optionalText(key, rule) ?? this.#refuse(key, 'is required');
  }

  optionalText(key: string, rule: TextRule = {}): string | undefined {
    const value = this.#body[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.#refuse(key, 'must be a string');
    if (value === '') return this.#refuse(key, 'must not be empty');
    if (rule.maxLength !== undefined && value.length > rule.maxLength) {
      return this.#refuse(key, `must not be longer than ${rule.maxLength} characters`);
    }
    if (rule.pattern !== undefined && !rule.pattern.test(value)) return this.#refuse(key, `must match ${rule.pattern.source}`);
    return value;
  }

  /** null and the empty string both clear; undefined: not given. */
  clearableText(key: string, rule: TextRule = {}): string | null | undefined {
    const value = this.#body[key];
    return value === null || value === '' ? null : this.optionalText(key, rule);
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.#body[key] ?? undefined;
    return value === undefined || typeof value === 'boolean' ? value : this.#refuse(key, 'must be true or false');
  }

  texts(key: string): readonly string[] {
    const value = this.#body[key];
    if (!Array.isArray(value)) return this.#refuse(key, 'must be an array');
    return value.map((entry) => (typeof entry === 'string' ? entry : this.#refuse(key, 'must hold strings only')));
  }

  #refuse(field: string, problem: string): never {
    return refuse(422, `Validation failed: ${field} ${problem}.`, {
      ...(this.#code === undefined ? {} : { code: this.#code }),
      errors: [{ field, code: `${field}_invalid`, message: `${field} ${problem}` }],
    });
  }
}
