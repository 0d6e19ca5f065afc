/** What a refusal is called on each wire, and its status. */
const kinds = {
  invalid_argument: { number: 3, status: 400 },
  failed_precondition: { number: 9, status: 400 },
  unauthenticated: { number: 16, status: 401 },
  permission_denied: { number: 7, status: 403 },
  not_found: { number: 5, status: 404 },
  already_exists: { number: 6, status: 409 },
  internal: { number: 13, status: 500 },
  unimplemented: { number: 12, status: 501 },
  unavailable: { number: 14, status: 503 },
} as const;

/** Code of a refusal, by its name on Connect. */
export type RefusalCode = keyof typeof kinds;

/** Thrown by an operation to refuse a request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** What REST says; `message` is what Connect says. */
  readonly messageOnREST: string;

  constructor(code: RefusalCode, message: string, messageOnREST = message) {
    super(message);
    this.code = code;
    this.messageOnREST = messageOnREST;
  }

  /** The code's number on REST. */
  get number(): number {
    return kinds[this.code].number;
  }

  get status(): number {
    return kinds[this.code].status;
  }
}

/** The code that goes with a status; `internal` where none does. */
export function codeOf(status: number): RefusalCode {
  const codes = Object.keys(kinds) as RefusalCode[];
  return codes.find((code) => kinds[code].status === status) ?? 'internal';
}

/** A field that breaks a rule; `field` is a path such as `body.name`, `message` the request's name. */
export function invalid(message: string, field: string, problem: string): never {
  const onREST = `invalid ${message}.${pascal(field.split('.')[0] ?? '')}: ${problem} | caused by: invalid ${field}: ${problem}`;
  throw new Refusal('invalid_argument', `validation error:\n - ${field}: ${problem}`, onREST);
}

/** What the server says of a body that it can't make sense of, without saying where. */
export function invalidBody(): never {
  throw new Refusal('invalid_argument', 'invalid syntax in body');
}

/** A body that can't be read at all. */
export function unreadable(): never {
  throw new Refusal('invalid_argument', 'unmarshal message: error not proto', 'unexpected EOF');
}

/** A caller who proves nothing, or wrongly. */
export function unauthenticated(): never {
  throw new Refusal('unauthenticated', 'not authenticated');
}

/** A caller without the right, or, with `invalid arguments`, a role of somebody else. */
export function forbidden(message: 'not authorized' | 'invalid arguments' = 'not authorized'): never {
  throw new Refusal('permission_denied', message);
}

/** An object that is missing; only REST says what kind it is. */
export function notFound(what: string): never {
  throw new Refusal('not_found', 'not found', `${what} doesn't exist`);
}

/** A name that another object has. */
export function taken(): never {
  throw new Refusal('already_exists', 'already exist');
}

/** Whatever the server did not foresee; it never says what. */
export function internal(): never {
  throw new Refusal('internal', 'internal server error');
}

/** A state in which the request can not be carried out. */
export function failedPrecondition(message: string): never {
  throw new Refusal('failed_precondition', message);
}

/** How operations that only superusers have are denied to everybody else. */
export function unavailable(): never {
  throw new Refusal('unavailable', 'function not available at the moment');
}

function pascal(name: string): string {
  return name.replaceAll(/(^|_)([a-z])/g, (_all, _gap, letter: string) => letter.toUpperCase());
}
