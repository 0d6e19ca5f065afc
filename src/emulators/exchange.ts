import { type Clock, type Random, sleep } from '../lib/index.ts';
import type { FaultBook, FaultRule } from './faults.ts';
import type { Journal } from './journal.ts';
import type { RateLimits } from './rate-limit.ts';
import { answersItself, tamper, tampersWith, type WireReply } from './tampering.ts';
import { type EmulatedApi, type EmulatedOperation, type EmulatedRequest, type ExchangeRecord, type Reply, ReplyError } from './types.ts';

/** A request as it came in. */
export interface IncomingRequest {
  readonly operation: EmulatedOperation | undefined;
  readonly method: string;
  /** Without the query, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How an exchange ends on the wire. */
export type Ending =
  | { readonly kind: 'answer'; readonly reply: WireReply }
  | { readonly kind: 'half'; readonly reply: WireReply }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' };

/** What exchanges share. */
export interface ExchangeParts {
  readonly api: EmulatedApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly latencyMs: readonly [min: number, max: number];
  readonly faults: FaultBook;
  readonly journal: Journal;
  readonly limits: RateLimits | undefined;
  readonly onExchange: (exchange: ExchangeRecord) => void;
  /** Told once a request has been carried out, or would have been: before its answer, if there is one. */
  readonly onHandled: (sequence: number) => void;
  readonly nextRequestID: () => string;
  /** Ends waiting when the emulator closes. */
  readonly closed: AbortSignal;
}

/** Takes one request through limits, operation and faults, and keeps the journal. */
export async function exchange(parts: ExchangeParts, request: IncomingRequest): Promise<Ending> {
  const requestID = parts.nextRequestID();
  const sequence = parts.journal.begin({
    time: new Date(parts.clock.now()).toISOString(),
    startMs: parts.clock.monotonic(),
    method: request.method,
    path: request.query.size === 0 ? request.path : `${request.path}?${request.query}`,
    operationId: request.operation?.operationId,
    lane: request.operation?.lane?.(request.params, request.text),
    body: request.text,
    requestID,
  });
  const fault = parts.faults.take(request.operation, request.method, request.path);
  await pause(parts, request, fault);
  const reply = answersItself(fault) ? undefined : carryOut(parts, request, fault);
  if (fault?.kind === 'act') parts.api.act(fault.action ?? '', fault.args);
  const wire = tamper(fault, reply, parts.api, { [parts.api.requestIDHeader]: requestID });
  const ending = endingOf(fault, wire);
  const answered = ending.kind === 'answer';
  parts.journal.end(sequence, {
    endMs: parts.clock.monotonic(),
    ...(answered ? { status: wire.status } : {}),
    ...(fault === undefined ? {} : { fault: fault.kind }),
  });
  parts.onHandled(sequence);
  parts.onExchange({
    operationId: request.operation?.operationId,
    request: { method: request.method, path: request.path, query: request.query, headers: request.headers, body: request.text },
    response: answered ? wire : undefined,
    tampered: tampersWith(fault),
  });
  return ending;
}

function endingOf(fault: FaultRule | undefined, reply: WireReply): Ending {
  switch (fault?.kind) {
    case 'hang':
    case 'cut':
      return { kind: fault.kind };
    case 'truncateBody':
      return { kind: 'half', reply };
    default:
      return { kind: 'answer', reply };
  }
}

async function pause(parts: ExchangeParts, { headers }: IncomingRequest, fault: FaultRule | undefined): Promise<void> {
  const [min, max] = parts.latencyMs;
  const ownMs = parts.api.delayMs?.({ header: (name) => headers[name] }) ?? 0;
  const delayMs = min + (max - min) * parts.random() + ownMs + (fault?.kind === 'delay' ? (fault.delayMs ?? 0) : 0);
  if (delayMs > 0) await sleep(parts.clock, delayMs, parts.closed).catch(() => undefined);
}

function carryOut(parts: ExchangeParts, incoming: IncomingRequest, fault: FaultRule | undefined): Reply {
  const { api, limits } = parts;
  const request = emulatedRequest(incoming, fault?.kind === 'duplicatePage' ? api.lists.cursorParameters : []);
  const refused = api.authenticate(request);
  if (refused !== undefined) return refused;
  const { operation } = incoming;
  if (operation === undefined) {
    const { method, path } = incoming;
    return api.unserved?.(method, path) ?? api.failure(404, `There is no ${method} ${path}.`);
  }
  const waitMs = limits?.take(operation);
  if (waitMs !== undefined) {
    const limited = api.failure(429, 'Too many requests.');
    return { ...limited, headers: { ...limited.headers, 'retry-after': String(Math.ceil(waitMs / 1000)) } };
  }
  if (request.body === malformed && operation.readsText !== true) return api.failure(400, 'The body is not valid JSON.');
  try {
    return operation.handle(request);
  } catch (error) {
    if (error instanceof ReplyError) return error.reply;
    throw error;
  }
}

/** Stands for a body that can't be read. */
const malformed = Symbol('malformed body');

function emulatedRequest(incoming: IncomingRequest, ignoredParameters: readonly string[]): EmulatedRequest {
  const query = new URLSearchParams(incoming.query);
  for (const name of ignoredParameters) query.delete(name);
  return {
    method: incoming.method,
    path: incoming.path,
    params: incoming.params,
    query,
    header: (name) => incoming.headers[name],
    body: bodyOf(incoming.text),
    text: incoming.text,
  };
}

function bodyOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return malformed;
  }
}
