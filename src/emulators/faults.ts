import type { JsonValue } from '../model/index.ts';
import { SeedError, SeedReader } from './seed-reader.ts';
import type { EmulatedOperation } from './types.ts';

/**
 * What goes wrong with a request:
 * - `status`: answers `status` with `headers` and `body` (an error in the contract's form unless given)
 * - `delay`: waits `delayMs`, then answers as usual
 * - `hang`: never answers
 * - `cut`: closes the connection without a word
 * - `truncateBody`: sends half of the answer and closes the connection
 * - `emptyBody`, `html`, `garbage`: answers with nothing, with a page for people, with a broken document
 * - `wrongShape`: the entries of a list, or the object, lack all their fields
 * - `truncateList`: the last page, with the first `keep` entries (half of them unless given)
 * - `emptyList`: a list without entries
 * - `repeatEntries`: a list that has every entry twice
 * - `duplicatePage`: the first page, whatever page was asked for
 * - `act`: answers as usual, and before the answer goes out somebody else has changed the state: `action` with `args`
 */
export const faultKinds = [
  'status',
  'delay',
  'hang',
  'cut',
  'truncateBody',
  'emptyBody',
  'html',
  'garbage',
  'wrongShape',
  'truncateList',
  'emptyList',
  'repeatEntries',
  'duplicatePage',
  'act',
] as const;

/** See faultKinds. */
export type FaultKind = (typeof faultKinds)[number];

/** A fault to inject into the requests that fit. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Id or ids of the operations; any unless given. */
  readonly operationId?: string | readonly string[];
  readonly method?: string;
  /** Path without the query; `*` stands for anything. */
  readonly path?: string;
  /** How many requests are hit, default 1; 0: all from now on. */
  readonly times?: number;
  /** How many requests that fit are let pass first. Default 0. */
  readonly skip?: number;
  /**
   * For `status`, `hang`, `cut`, `emptyBody`, `html` and `garbage`: whether the request is carried out all the same. `hang` and
   * `cut` with it are what a timeout or a lost connection after a write look like. Default false.
   */
  readonly carryOut?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly delayMs?: number;
  readonly keep?: number;
  readonly action?: string;
  readonly args?: JsonValue;
}

interface ArmedRule {
  readonly rule: FaultRule;
  seen: number;
  hits: number;
}

/** The faults that wait for their request. */
export class FaultBook {
  #armed: ArmedRule[] = [];

  add(rules: readonly FaultRule[]): void {
    this.#armed.push(...rules.map((rule) => ({ rule, seen: 0, hits: 0 })));
  }

  clear(): void {
    this.#armed = [];
  }

  get rules(): readonly FaultRule[] {
    return this.#armed.map((armed) => armed.rule);
  }

  /** The rule that hits this request: of those that fit, the oldest that is still armed. */
  take(operation: EmulatedOperation | undefined, method: string, path: string): FaultRule | undefined {
    for (const armed of this.#armed) {
      if (!fits(armed.rule, operation, method, path)) continue;
      armed.seen += 1;
      if (armed.seen <= (armed.rule.skip ?? 0)) continue;
      armed.hits += 1;
      const times = armed.rule.times ?? 1;
      if (times > 0 && armed.hits >= times) this.#armed = this.#armed.filter((other) => other !== armed);
      return armed.rule;
    }
    return undefined;
  }
}

/** Reads rules that came as JSON: one or a list. Throws SeedError. */
export function readFaultRules(value: unknown): readonly FaultRule[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((entry, index) => SeedReader.read(entry, Array.isArray(value) ? `[${index}]` : '', readFaultRule));
}

function readFaultRule(reader: SeedReader): FaultRule {
  const kind = reader.string('kind');
  const known = faultKinds.find((candidate) => candidate === kind);
  if (known === undefined) throw new SeedError(`kind must be one of ${faultKinds.join(', ')}`);
  const operationId = reader.any('operationId');
  const ids = Array.isArray(operationId) ? reader.strings('operationId') : reader.optionalString('operationId');
  const rule = {
    kind: known,
    operationId: ids,
    method: reader.optionalString('method')?.toUpperCase(),
    path: reader.optionalString('path'),
    times: reader.optionalNumber('times'),
    skip: reader.optionalNumber('skip'),
    carryOut: reader.boolean('carryOut', false),
    status: reader.optionalNumber('status'),
    headers: reader.any('headers') as FaultRule['headers'],
    body: reader.any('body') as JsonValue | undefined,
    delayMs: reader.optionalNumber('delayMs'),
    keep: reader.optionalNumber('keep'),
    action: known === 'act' ? reader.string('action') : reader.optionalString('action'),
    args: reader.any('args') as JsonValue | undefined,
  };
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as unknown as FaultRule;
}

function fits(rule: FaultRule, operation: EmulatedOperation | undefined, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path !== undefined && !globMatches(rule.path, path)) return false;
  if (rule.operationId === undefined) return true;
  const ids = typeof rule.operationId === 'string' ? [rule.operationId] : rule.operationId;
  return operation !== undefined && ids.includes(operation.operationId);
}

function globMatches(glob: string, path: string): boolean {
  const pattern = glob
    .split('*')
    .map((part) => RegExp.escape(part))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(path);
}
