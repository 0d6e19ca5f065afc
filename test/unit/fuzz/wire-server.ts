import type { KubeObject } from '../../../src/api/index.ts';
import { errorFromAnswer } from '../../../src/kube/errors.ts';
import { type KubeApi, KubeError, type ListPage, type ResourceType, type WatchEvent } from '../../../src/kube/index.ts';
import { LineSplitter } from '../../../src/kube/line-splitter.ts';
import { readListPage } from '../../../src/kube/list-page.ts';
import { parseWatchLine } from '../../../src/kube/watch-events.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

/** An object of the server. */
export interface Thing extends KubeObject {
  readonly spec: { readonly color: string };
}

/** What is done to the bytes of one answer. */
export interface WireFault {
  /** A list: its text is spoilt. A watch: its next line is. Gives back the text as it is where nothing fits. */
  readonly spoil?: (text: string) => string;
  /** Lines that a watch brings before its next one. */
  readonly extraLines?: readonly string[];
  /** How the answer ends right after. */
  readonly end?: 'cut' | 'politely';
  /** Instead of an answer. */
  readonly refusal?: { readonly status: number; readonly body: string; readonly retryAfter?: string };
}

const listSize = 2;
/** Longest that a request at one instant may be followed by others without a pause. */
const mostAtOnce = 60;

/** An API server of one kind whose answers are bytes that go through the operator's own parsers, chunk by chunk. */
export class WireServer implements Pick<KubeApi, 'list' | 'watch'> {
  readonly objects = new Map<string, Thing>();
  /** What hits the next answers, in order. */
  faults: WireFault[] = [];
  /** Hits every answer. */
  standing: WireFault | undefined;
  /** Length of chunks by turns, in bytes. */
  chunks: readonly number[] = [1_000];
  /** Requests so far. */
  requests = 0;
  readonly #clock: VirtualClock;
  readonly #log: { readonly version: number; readonly event: { readonly type: string; readonly object: Thing } }[] = [];
  readonly #watches = new Set<() => void>();
  #version = 10;
  #compacted = 0;
  #uids = 0;
  #instant = { at: -1, count: 0 };
  #chunk = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  write(name: string, color: string): void {
    const before = this.objects.get(name);
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const object: Thing = {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'Role',
      metadata: { namespace: 'ns', name, uid, resourceVersion: String(++this.#version) },
      spec: { color },
    };
    this.objects.set(name, object);
    this.#publish({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
  }

  remove(name: string): void {
    const before = this.objects.get(name);
    if (before === undefined) return;
    this.objects.delete(name);
    const metadata = { ...before.metadata, resourceVersion: String(++this.#version) };
    this.#publish({ type: 'DELETED', object: { ...before, metadata } });
  }

  compact(): void {
    this.#compacted = this.#version;
  }

  /** Lets open watches notice faults. */
  shake(): void {
    for (const wake of this.#watches) wake();
  }

  list = async <T extends KubeObject>(
    resource: ResourceType,
    options: Parameters<KubeApi['list']>[1],
    signal: AbortSignal,
  ): Promise<ListPage<T>> => {
    await this.#count(signal);
    signal.throwIfAborted();
    const fault = this.#fault();
    if (fault?.refusal !== undefined) throw this.#refused('list things', fault.refusal);
    if (fault?.end === 'cut') throw new KubeError('transient', 'cut');
    const text = this.#page(options.continue);
    const spoilt = fault?.spoil?.(text) ?? text;
    const answered = isLie(text, spoilt) ? text : spoilt;
    return parsed(() => readListPage<T>('list things', resource, objectOf(answered)));
  };

  watch = ((resource: ResourceType, options: Parameters<KubeApi['watch']>[1], signal: AbortSignal) =>
    this.#watch(resource, options.resourceVersion, signal)) as KubeApi['watch'];

  async *#watch(resource: ResourceType, from: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    await this.#count(signal);
    const splitter = new LineSplitter();
    let tail = '';
    for await (const bytes of this.#stream(from, signal)) {
      if (bytes === 'cut') throw new KubeError('transient', 'cut');
      for (const chunk of this.#chunked(bytes)) {
        for (const line of parsed(() => splitter.push(chunk))) {
          tail = line;
          yield parsed(() => parseWatchLine('watch things', resource, line));
        }
      }
    }
    if (splitter.pendingBytes > 0) throw new KubeError('transient', `cut after ${tail.length}`);
  }

  async *#stream(from: string, signal: AbortSignal): AsyncGenerator<Buffer | 'cut'> {
    this.#requireVersion(from);
    let last = Number(from);
    let wake = (): void => undefined;
    const onWake = (): void => wake();
    this.#watches.add(onWake);
    signal.addEventListener('abort', onWake);
    try {
      while (!signal.aborted) {
        const entry = this.#after(last);
        const fault = this.#fault();
        if (fault !== undefined) {
          yield* spoiltLines(fault, entry?.event);
          if (fault.end === 'cut') yield 'cut';
          if (fault.end !== undefined) return;
          continue;
        }
        last = entry?.version ?? last;
        const { type, object } = entry?.event ?? { type: 'BOOKMARK', object: bookmarkOf(last) };
        yield lineOf(type, object);
        if (this.#isUnrest(last)) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted) resolve();
        });
      }
      signal.throwIfAborted();
    } finally {
      this.#watches.delete(onWake);
      signal.removeEventListener('abort', onWake);
    }
  }

  #after(last: number) {
    return this.#log.find(({ version }) => version > last);
  }

  /** Whether something came up while the last line was worked on. */
  #isUnrest(last: number): boolean {
    return this.faults.length > 0 || this.standing !== undefined || this.#after(last) !== undefined;
  }

  #requireVersion(from: string): void {
    if (!/^\d+$/.test(from)) throw this.#refused('watch things', { status: 400, body: '{"kind":"Status","code":400}' });
    if (BigInt(from) > BigInt(this.#version)) throw this.#refused('watch things', { status: 504, body: '{"kind":"Status","code":504}' });
    if (Number(from) < this.#compacted) throw this.#refused('watch things', { status: 410, body: '{"kind":"Status","code":410}' });
  }

  #page(token: string | undefined): string {
    if (token !== undefined && !/^\[\d+,\d+\]$/.test(token)) throw this.#refused('list things', { status: 400, body: '' });
    const [version, offset] = token === undefined ? [this.#version, 0] : (JSON.parse(token) as [number, number]);
    const all = [...this.#at(version).values()];
    const isLast = offset + listSize >= all.length;
    const metadata = {
      resourceVersion: String(version),
      ...(isLast ? {} : { continue: JSON.stringify([version, offset + listSize]) }),
    };
    return JSON.stringify({ kind: 'RoleList', metadata, items: all.slice(offset, offset + listSize) });
  }

  #at(version: number): Map<string, Thing> {
    const objects = new Map<string, Thing>();
    for (const entry of this.#log) {
      if (entry.version > version) continue;
      const { name } = entry.event.object.metadata;
      if (entry.event.type === 'DELETED') objects.delete(name);
      else objects.set(name, entry.event.object);
    }
    return objects;
  }

  #fault(): WireFault | undefined {
    return this.standing ?? this.faults.shift();
  }

  #refused(what: string, { status, body, retryAfter }: NonNullable<WireFault['refusal']>): KubeError {
    return errorFromAnswer(what, { status, body, retryAfter }, true, this.#clock.now());
  }

  *#chunked(bytes: Buffer): Generator<Uint8Array> {
    for (let start = 0; start < bytes.length; ) {
      const length = Math.max(1, this.chunks[this.#chunk++ % this.chunks.length] ?? 1_000);
      yield bytes.subarray(start, start + length);
      start += length;
    }
  }

  #publish(event: { readonly type: string; readonly object: Thing }): void {
    this.#log.push({ version: this.#version, event });
    this.shake();
  }

  /** Whoever asks again and again without a pause gets no answer any more, so that the test goes on and can tell. */
  async #count(signal: AbortSignal): Promise<void> {
    this.requests += 1;
    const at = this.#clock.monotonic();
    this.#instant = this.#instant.at === at ? { at, count: this.#instant.count + 1 } : { at, count: 1 };
    this.isHot ||= this.#instant.count === mostAtOnce;
    if (!this.isHot) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  /** Whether requests have followed one another without a pause between them. */
  isHot = false;
}

/** What the client makes of whatever its parsers throw. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof KubeError ? error : new KubeError('transient', `no answer: ${String(error)}`, { cause: error });
  }
}

function objectOf(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KubeError('transient', 'it is not JSON', { status: 200 });
  }
  if (typeof value !== 'object' || value === null) throw new KubeError('transient', 'it is not an object', { status: 200 });
  return value;
}

/** The lines that a fault brings, the next event among them as it is spoilt. */
function* spoiltLines(fault: WireFault, event: object | undefined): Generator<Buffer> {
  if (fault.refusal !== undefined) yield lineOf('ERROR', statusOf(fault.refusal));
  for (const line of fault.extraLines ?? []) yield Buffer.from(`${line}\n`);
  if (event === undefined || fault.spoil === undefined) return;
  const text = JSON.stringify(event);
  const spoilt = fault.spoil(text).replaceAll('\n', ' ');
  if (!isLie(text, spoilt)) yield Buffer.from(fault.end === undefined ? `${spoilt}\n` : spoilt);
}

function bookmarkOf(version: number): object {
  return { kind: 'Role', apiVersion: 'rolekeeper.dev/v1alpha1', metadata: { resourceVersion: String(version) } };
}

function lineOf(type: string, object: unknown): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

function statusOf({ status, body }: NonNullable<WireFault['refusal']>): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { kind: 'Status', code: status };
  }
}

/** Everything that says which object it is, and at which state, or that is no answer at all. */
function essence(text: string): unknown {
  try {
    const { type, object, items, metadata } = JSON.parse(text);
    const of = ({ apiVersion, kind, metadata: own, spec }: Partial<Thing>): unknown => [apiVersion, kind, own, spec];
    return JSON.stringify(items === undefined ? [type, of(object)] : [items.map(of), metadata]);
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function saysWhich(object: unknown): boolean {
  const { name, uid, resourceVersion } = ((object as { metadata?: object } | undefined)?.metadata ?? {}) as Record<string, unknown>;
  return [name, uid, resourceVersion].every(isText);
}

/** Whether a spoilt text is a whole answer that says something else than the truth, which nobody can know. */
function isLie(truth: string, spoilt: string): boolean {
  if (essence(spoilt) === undefined || essence(spoilt) === essence(truth)) return false;
  const { type, object, items, metadata } = JSON.parse(spoilt);
  if (items !== undefined || type === undefined) {
    return Array.isArray(items) && items.every(saysWhich) && typeof metadata?.resourceVersion === 'string';
  }
  if (type === 'BOOKMARK') return isText(object?.metadata?.resourceVersion);
  return ['ADDED', 'MODIFIED', 'DELETED'].includes(type) && saysWhich(object);
}
