/** An error as the log shows it: facts that are safe to show, never an answer's body or a request's headers. */
export interface DescribedError {
  /** Class of the error, for example `ProviderError`. */
  readonly name: string;
  /** First line, at most 1000 characters. */
  readonly message: string;
  /** What callers decide by, where the error has it. */
  readonly kind?: string;
  /** Machine code, for example `ECONNREFUSED`. */
  readonly code?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** The provider's operation that failed. */
  readonly operation?: string;
  /** The provider's id of the request, for its support. */
  readonly requestID?: string;
  /** The causes, outermost first, in one line. */
  readonly cause?: string;
  /** Where it was thrown. Absent for errors with a kind: those are expected, and the place says nothing. */
  readonly stack?: string;
}

const longestMessage = 1000;
const longestCauseMessage = 300;
const mostCauses = 8;

/** Masks secrets in a text. */
type Scrub = (text: string) => string;

/**
 * Describes anything that was thrown. Reads only the fields that DescribedError lists, so nothing else can leak. `scrub` sees
 * every text before it is cut: half a secret would no longer be recognised.
 */
export function describeError(error: unknown, scrub: Scrub = (text) => text): DescribedError {
  if (!(error instanceof Error)) {
    return { name: 'NonError', message: describeThrown(error, scrub) };
  }
  const facts = { ...factsOf(error, scrub), ...factsOf((error as { details?: unknown }).details, scrub) };
  const cause = describeCauses(error, scrub);
  const stack = facts.kind === undefined ? framesOf(error) : undefined;
  return {
    name: error.name,
    message: firstLine(scrub(error.message), longestMessage),
    ...facts,
    ...(cause === undefined ? {} : { cause }),
    ...(stack === undefined ? {} : { stack }),
  };
}

function describeThrown(thrown: unknown, scrub: Scrub): string {
  // An object that isn't an Error could be a whole answer: its kind is all that is safe to show.
  return typeof thrown === 'object' && thrown !== null
    ? `something that is no Error was thrown: ${thrown.constructor?.name ?? 'object'}`
    : firstLine(scrub(String(thrown)), longestMessage);
}

/** The bounded facts that typed errors carry, on themselves or in `details`. */
function factsOf(source: unknown, scrub: Scrub): Pick<DescribedError, 'kind' | 'code' | 'status' | 'operation' | 'requestID'> {
  if (source === null || typeof source !== 'object') {
    return {};
  }
  const texts = ['kind', 'code', 'operation', 'requestID'] as const;
  const facts: Record<string, string | number> = {};
  for (const key of texts) {
    const value = (source as Record<string, unknown>)[key];
    if (typeof value === 'string') {
      facts[key] = firstLine(scrub(value), longestCauseMessage);
    }
  }
  const { status } = source as { status?: unknown };
  return typeof status === 'number' ? { ...facts, status } : facts;
}

function describeCauses(error: Error, scrub: Scrub): string | undefined {
  const parts: string[] = [];
  const seen = new Set<unknown>([error]);
  let waiting = causesOf(error);
  while (waiting.length > 0 && parts.length < mostCauses) {
    const [cause, ...rest] = waiting;
    waiting = rest;
    if (cause === undefined || seen.has(cause)) {
      continue;
    }
    seen.add(cause);
    if (!(cause instanceof Error)) {
      parts.push(describeThrown(cause, scrub));
      continue;
    }
    const { kind, code } = factsOf(cause, scrub);
    const word = kind ?? code;
    parts.push(`${cause.name}${word === undefined ? '' : ` (${word})`}: ${firstLine(scrub(cause.message), longestCauseMessage)}`);
    waiting = [...causesOf(cause), ...waiting];
  }
  return parts.length === 0 ? undefined : parts.join('; caused by ');
}

function causesOf(error: Error): readonly unknown[] {
  const many = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  return error.cause === undefined ? many : [error.cause, ...many];
}

/**
 * HTTP libraries put status, body and headers into one message, each on its own line. Only the first line is theirs;
 * what follows came from the other side.
 */
function firstLine(text: string, longest: number): string {
  const line = (text.trim().split(/[\r\n\u2028\u2029]/, 1)[0] ?? '').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** The frames alone: the head of a stack repeats the whole message. */
function framesOf(error: Error): string | undefined {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? undefined : frames.map((frame) => frame.trim()).join('\n');
}
