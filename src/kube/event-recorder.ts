import { type EventReason, eventReasons, type KubeObject } from '../api/index.ts';
import type { Clock, Random, Timer } from '../lib/index.ts';
import {
  cutNote,
  type EventContent,
  type EventSeries,
  eventName,
  eventObject,
  type KubeEvent,
  type ObjectReference,
  referenceTo,
} from './event-object.ts';
import { EventWriter } from './event-writer.ts';
import { microTime } from './micro-time.ts';
import { resources } from './resources.ts';
import { TokenBucket } from './token-bucket.ts';
import { type KubeApi, KubeError } from './types.ts';

/** Something that happened to an object. */
export interface EventInput {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  /** What the operator did or tried, one CamelCase word: `Apply`. */
  readonly action: string;
  /** For people, past tense; cut to 1024 bytes. */
  readonly note: string;
  /** The object that carries the summary when a burst is cut short; `regarding` where absent. */
  readonly summaryOn?: KubeObject;
}

/** An Event that was not written. */
export interface DroppedEvent {
  readonly reason: string;
  /** `namespace/name`, or `name`. */
  readonly regarding: string;
  /** Occurrences that go unreported. */
  readonly count: number;
  readonly cause: unknown;
}

/** What a recorder works with. */
export interface EventRecorderOptions {
  readonly api: Pick<KubeApi, 'create' | 'mergePatch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Which replica reports: its pod's name. Cut to 128 bytes. */
  readonly instance: string;
  /** Told of every Event that was lost, for the log. */
  readonly onDrop?: (dropped: DroppedEvent) => void;
}

/** Equal Events within this time are one Event with a count. */
const seriesWindowMs = 600_000;
/** Least time between two writes of one Event. */
const seriesPatchMs = 60_000;
/** Writes of one reason at once, and the time after which one more is let through. */
const burst = { capacity: 25, tokenMs: 6_000 };
/** A summary waits until the burst is over, but not longer than this in all. */
const summaryQuietMs = 30_000;
const summaryLatestMs = 300_000;
/** Bounds of memory. */
const most = { queued: 1_000, remembered: 2_000, summaries: 200 };

/** One Event, written or to be written. */
interface Occurrence {
  readonly key: string;
  readonly content: EventContent;
  readonly firstAt: number;
  lastAt: number;
  /** Monotonic; for the window. */
  lastSeenAt: number;
  count: number;
  /** The Event's name, the same for every try to write it; undefined while none is chosen. */
  name: string | undefined;
  /** What the API server has; undefined before it is written. */
  written: { readonly count: number; readonly at: number } | undefined;
  isQueued: boolean;
  timer: Timer | undefined;
}

/** Events of one reason that were held back, by the object that shall say so. */
interface Summary {
  readonly key: string;
  readonly on: ObjectReference;
  readonly reason: string;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  timer: Timer | undefined;
}

/**
 * Writes `events.k8s.io/v1` Events in the background. `record` neither waits nor throws. Repetitions are counted in one Event, and
 * bursts of one reason are cut short and summarised, so that a thousand changed objects don't flood the API server.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #writer: EventWriter;
  readonly #buckets = new Map<string, TokenBucket>();
  /** In order of last use. */
  readonly #recent = new Map<string, Occurrence>();
  readonly #summaries = new Map<string, Summary>();
  #sequence = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#writer = new EventWriter(options.clock, options.random, most.queued);
  }

  /** Takes note of an event. It is written soon, counted with an equal one, summarised or, when all else fails, dropped. */
  record(input: EventInput): void {
    try {
      const content = contentOf(input);
      this.#record(content, input.summaryOn === undefined ? content.regarding : referenceTo(input.summaryOn));
    } catch (error) {
      this.#drop(input.reason, input.regarding.metadata, 1, error);
    }
  }

  /**
   * For shutdown: writes what is held back, and resolves when all is written or dropped, after `timeoutMs` at the latest. Never
   * rejects.
   */
  async flush(timeoutMs: number): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    this.#releaseAll();
    await this.#writer.drain(timeoutMs);
    // What was repeated while it was being written has been held back since.
    this.#releaseAll();
    await this.#writer.drain(deadline - this.#clock.monotonic());
  }

  #releaseAll(): void {
    for (const summary of [...this.#summaries.values()]) this.#summarize(summary);
    for (const occurrence of [...this.#recent.values()]) {
      if (occurrence.timer !== undefined) this.#repeat(occurrence);
    }
  }

  #record(content: EventContent, summaryOn: ObjectReference): void {
    const key = [identify(content.regarding), content.type, content.reason, content.note].join('\u0000');
    const now = this.#clock.monotonic();
    const known = this.#recent.get(key);
    if (known !== undefined && now - known.lastSeenAt < seriesWindowMs) {
      this.#countAgain(known, now);
      return;
    }
    if (known !== undefined) this.#forget(known);
    const occurrence = this.#newOccurrence(key, content, now);
    if (!this.#mayWrite(content.reason) || !this.#enqueue(occurrence)) {
      this.#holdBack(content, summaryOn, now);
      return;
    }
    this.#remember(occurrence);
  }

  #newOccurrence(key: string, content: EventContent, now: number): Occurrence {
    const at = this.#clock.now();
    return {
      key,
      content,
      firstAt: at,
      lastAt: at,
      lastSeenAt: now,
      count: 1,
      name: undefined,
      written: undefined,
      isQueued: false,
      timer: undefined,
    };
  }

  #countAgain(occurrence: Occurrence, now: number): void {
    occurrence.count++;
    occurrence.lastAt = this.#clock.now();
    occurrence.lastSeenAt = now;
    this.#remember(occurrence);
    if (occurrence.isQueued || occurrence.timer !== undefined || occurrence.written === undefined) return;
    this.#schedule(occurrence, occurrence.written.at + seriesPatchMs - now);
  }

  #schedule(occurrence: Occurrence, delayMs: number): void {
    occurrence.timer = this.#clock.schedule(delayMs, () => {
      // Nothing is lost by waiting for a token: the count goes on.
      if (!this.#repeat(occurrence)) this.#schedule(occurrence, seriesPatchMs);
    });
  }

  /** Writes the count of an Event, if it may. */
  #repeat(occurrence: Occurrence): boolean {
    occurrence.timer?.cancel();
    occurrence.timer = undefined;
    return this.#mayWrite(occurrence.content.reason) && this.#enqueue(occurrence);
  }

  #mayWrite(reason: string): boolean {
    let bucket = this.#buckets.get(reason);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock, burst.capacity, burst.tokenMs);
      this.#buckets.set(reason, bucket);
    }
    return bucket.take();
  }

  #remember(occurrence: Occurrence): void {
    this.#recent.delete(occurrence.key);
    this.#recent.set(occurrence.key, occurrence);
    const oldest = this.#recent.size > most.remembered ? this.#recent.values().next().value : undefined;
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(occurrence: Occurrence): void {
    occurrence.timer?.cancel();
    occurrence.timer = undefined;
    if (this.#recent.get(occurrence.key) === occurrence) this.#recent.delete(occurrence.key);
  }

  #enqueue(occurrence: Occurrence): boolean {
    occurrence.isQueued = this.#writer.enqueue({
      write: (signal) => this.#write(occurrence, signal),
      dropped: (cause) => {
        occurrence.isQueued = false;
        this.#forget(occurrence);
        const { reason, regarding } = occurrence.content;
        this.#drop(reason, regarding, occurrence.count - (occurrence.written?.count ?? 0), cause);
      },
    });
    return occurrence.isQueued;
  }

  async #write(occurrence: Occurrence, signal: AbortSignal): Promise<void> {
    const count = occurrence.count;
    if (occurrence.written === undefined) await this.#create(occurrence, signal);
    else await this.#patch(occurrence, signal);
    occurrence.written = { count, at: this.#clock.monotonic() };
    occurrence.isQueued = false;
    const isKnown = this.#recent.get(occurrence.key) === occurrence;
    if (occurrence.count > count && isKnown) this.#schedule(occurrence, seriesPatchMs);
  }

  async #patch(occurrence: Occurrence, signal: AbortSignal): Promise<void> {
    const name = { namespace: occurrence.content.regarding.namespace ?? 'default', name: occurrence.name ?? '' };
    try {
      await this.#options.api.mergePatch<KubeEvent>(resources.events, name, { series: seriesOf(occurrence) }, {}, signal);
    } catch (error) {
      if (!(error instanceof KubeError && error.kind === 'notFound')) throw error;
      // The API server forgets Events after an hour.
      occurrence.name = undefined;
      await this.#create(occurrence, signal);
    }
  }

  async #create(occurrence: Occurrence, signal: AbortSignal): Promise<void> {
    const { instance, api } = this.#options;
    occurrence.name ??= eventName(
      occurrence.content.regarding,
      [instance, occurrence.key, occurrence.firstAt, this.#sequence++].join('\u0000'),
    );
    const event = eventObject(occurrence.content, occurrence.name, occurrence.firstAt, instance);
    try {
      await api.create<KubeEvent>(resources.events, occurrence.count > 1 ? { ...event, series: seriesOf(occurrence) } : event, signal);
    } catch (error) {
      // An earlier try whose answer was lost.
      if (!(error instanceof KubeError && error.kind === 'alreadyExists')) throw error;
    }
  }

  #holdBack(content: EventContent, on: ObjectReference, now: number): void {
    const key = [identify(on), content.reason].join('\u0000');
    const summary = this.#summaries.get(key);
    if (summary !== undefined) {
      summary.count++;
      summary.lastAt = now;
      return;
    }
    if (this.#summaries.size >= most.summaries) {
      this.#drop(content.reason, content.regarding, 1, new Error('too many events at once'));
      return;
    }
    const fresh: Summary = { key, on, reason: content.reason, firstAt: now, lastAt: now, count: 1, timer: undefined };
    this.#summaries.set(key, fresh);
    this.#await(fresh);
  }

  #await(summary: Summary): void {
    const now = this.#clock.monotonic();
    const dueAt = Math.min(summary.lastAt + summaryQuietMs, summary.firstAt + summaryLatestMs);
    if (dueAt <= now) {
      this.#summarize(summary);
      return;
    }
    summary.timer = this.#clock.schedule(dueAt - now, () => this.#await(summary));
  }

  #summarize(summary: Summary): void {
    summary.timer?.cancel();
    this.#summaries.delete(summary.key);
    const { count, reason } = summary;
    const note = `${count} more ${reason} ${count === 1 ? 'event was' : 'events were'} not written`;
    const content = { regarding: summary.on, type: 'Normal', reason: eventReasons.EventsSummarized, action: 'Summarize', note } as const;
    const isQueued = this.#enqueue(this.#newOccurrence(summary.key, content, this.#clock.monotonic()));
    if (!isQueued) this.#drop(reason, summary.on, count, new Error('too many events at once'));
  }

  #drop(reason: string, object: Pick<ObjectReference, 'namespace' | 'name'>, count: number, cause: unknown): void {
    const { namespace, name } = object;
    try {
      this.#options.onDrop?.({ reason, regarding: namespace === undefined ? name : `${namespace}/${name}`, count, cause });
    } catch {
      // Whoever records an event must not fail because the log does.
    }
  }
}

function contentOf(input: EventInput): EventContent {
  const { type, reason, action } = input;
  return { regarding: referenceTo(input.regarding), type, reason, action, note: cutNote(input.note) };
}

function identify(reference: ObjectReference): string {
  return reference.uid ?? `${reference.kind} ${reference.namespace ?? ''}/${reference.name}`;
}

function seriesOf(occurrence: Occurrence): EventSeries {
  return { count: occurrence.count, lastObservedTime: microTime(occurrence.lastAt) };
}
