import type { JsonValue } from '../model/index.ts';
import type { FaultRule } from './faults.ts';
import type { EmulatedApi, Reply } from './types.ts';

/** What goes over the wire. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const jsonType = 'application/json; charset=utf-8';
const page = '<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Service unavailable</h1></body></html>';

/** A reply as bytes would have it. */
export function toWire(reply: Reply, headers: Readonly<Record<string, string>>): WireReply {
  const type = reply.body === undefined ? {} : { 'content-type': jsonType };
  return {
    status: reply.status,
    headers: { ...type, ...headers, ...reply.headers },
    body: reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)),
  };
}

/** Faults that answer for themselves unless they carry the request out. */
export function answersItself(rule: FaultRule | undefined): boolean {
  if (rule === undefined || rule.carryOut === true) return false;
  return ['status', 'hang', 'cut', 'emptyBody', 'html', 'garbage'].includes(rule.kind);
}

/** The answer as a fault has it; `reply` is undefined where the request wasn't carried out. Unchanged where no fault says otherwise. */
export function tamper(
  rule: FaultRule | undefined,
  reply: Reply | undefined,
  api: EmulatedApi,
  headers: Readonly<Record<string, string>>,
): WireReply {
  const honest = toWire(reply ?? { status: 200 }, headers);
  switch (rule?.kind) {
    case 'status':
      return statusReply(rule, api, headers);
    case 'emptyBody':
      return { ...honest, status: rule.status ?? honest.status, body: '' };
    case 'html':
      return { status: rule.status ?? 200, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: page };
    case 'garbage':
      return {
        ...honest,
        status: rule.status ?? honest.status,
        headers: { ...honest.headers, 'content-type': jsonType },
        body: '{"\u0000:[,',
      };
    case 'wrongShape':
    case 'truncateList':
    case 'emptyList':
    case 'repeatEntries':
      return toWire({ status: honest.status, ...reply, body: damaged(rule, reply?.body ?? null, api) }, headers);
    default:
      return honest;
  }
}

/** True for faults after which the answer needn't fit the contract. */
export function tampersWith(rule: FaultRule | undefined): boolean {
  return rule !== undefined && rule.kind !== 'delay' && rule.kind !== 'act';
}

function statusReply(rule: FaultRule, api: EmulatedApi, headers: Readonly<Record<string, string>>): WireReply {
  const status = rule.status ?? 500;
  const usual = api.failure(status, 'Injected fault.');
  return toWire(
    { ...usual, ...(rule.body === undefined ? {} : { body: rule.body }), headers: { ...usual.headers, ...lowerCased(rule.headers) } },
    headers,
  );
}

function damaged(rule: FaultRule, body: JsonValue, api: EmulatedApi): JsonValue {
  const entries = api.lists.entries(body);
  if (entries === undefined) return rule.kind === 'wrongShape' ? {} : body;
  switch (rule.kind) {
    case 'wrongShape':
      return api.lists.withEntries(
        body,
        entries.map(() => ({})),
      );
    case 'truncateList':
      return api.lists.withEntries(body, entries.slice(0, rule.keep ?? Math.floor(entries.length / 2)));
    case 'repeatEntries':
      return api.lists.withEntries(body, [...entries, ...entries]);
    default:
      return api.lists.withEntries(body, []);
  }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
