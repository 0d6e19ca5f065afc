import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import type { JsonValue } from '../model/index.ts';
import { type FaultBook, type FaultRule, readFaultRules } from './faults.ts';
import type { Journal, JournalEntry, JournalQuery } from './journal.ts';
import { parseSeed, SeedError, SeedReader } from './seed-reader.ts';
import type { EmulatedApi } from './types.ts';

/** What a test or a demo does to an emulator, past the API that it emulates. */
export interface EmulatorControl {
  /** The whole state in the form of a seed. */
  state(): JsonValue;
  /** Replaces the whole state and forgets journal and faults. Throws SeedError. */
  reset(seed: unknown): void;
  /** Requests so far, oldest first. */
  journal(query?: JournalQuery): readonly JournalEntry[];
  /** Forgets the requests so far. */
  clearJournal(): void;
  /** Arms faults; older ones are asked first. */
  inject(...rules: readonly FaultRule[]): void;
  /** Disarms all faults. */
  clearFaults(): void;
  /** Changes the state as somebody else would. Throws SeedError. */
  act(action: string, args: unknown): void;
  /**
   * The next request that fits and arrives from now on, as soon as it has been carried out (or is held back by a fault), so
   * before its answer. Stays open when none comes.
   */
  nextRequest(query?: JournalQuery): Promise<JournalEntry>;
}

/** What the control room works with. */
export interface ControlParts {
  readonly api: EmulatedApi;
  readonly journal: Journal;
  readonly faults: FaultBook;
  /** The state that `reset` without a seed goes back to. */
  readonly initialSeed: unknown;
}

interface Waiter {
  readonly query: JournalQuery;
  readonly resolve: (entry: JournalEntry) => void;
}

/** The control room of one emulator, and the place where it hears of requests. */
export class ControlRoom implements EmulatorControl {
  readonly #parts: ControlParts;
  #waiters: Waiter[] = [];

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  state(): JsonValue {
    return this.#parts.api.dump();
  }

  reset(seed: unknown): void {
    this.#parts.api.load(seed ?? this.#parts.initialSeed);
    this.clearJournal();
    this.clearFaults();
  }

  journal(query: JournalQuery = {}): readonly JournalEntry[] {
    return this.#parts.journal.entries(query);
  }

  clearJournal(): void {
    this.#parts.journal.clear();
  }

  inject(...rules: readonly FaultRule[]): void {
    this.#parts.faults.add(rules);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  act(action: string, args: unknown): void {
    this.#parts.api.act(action, args);
  }

  nextRequest(query: JournalQuery = {}): Promise<JournalEntry> {
    return new Promise((resolve) => this.#waiters.push({ query, resolve }));
  }

  /** Tells those who wait for a request. */
  handled(sequence: number): void {
    if (this.#waiters.length === 0) return;
    const served = this.#waiters.filter((waiter) => {
      const entry = this.journal(waiter.query).findLast((candidate) => candidate.sequence === sequence);
      if (entry !== undefined) waiter.resolve(entry);
      return entry !== undefined;
    });
    this.#waiters = this.#waiters.filter((waiter) => !served.includes(waiter));
  }
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** The routes below `/_emulator`: for this machine only, without credentials. */
export function controlRoutes(control: ControlRoom, faults: FaultBook): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    if (!loopback.has(getConnInfo(context).remote.address ?? '')) {
      return context.json({ message: 'The control routes answer requests from this machine only.' }, 403);
    }
    return next();
  });
  app.onError((error, context) => {
    if (error instanceof SeedError) return context.json({ message: error.message }, 400);
    throw error;
  });
  app.get('/health', (context) => context.json({ ok: true }));
  app.get('/state', (context) => context.json(control.state()));
  app.put('/state', async (context) => {
    control.reset(parseSeed(await context.req.text()));
    return context.body(null, 204);
  });
  app.post('/reset', (context) => {
    control.reset(undefined);
    return context.body(null, 204);
  });
  app.get('/journal', (context) => context.json(control.journal()));
  app.delete('/journal', (context) => {
    control.clearJournal();
    return context.body(null, 204);
  });
  app.get('/faults', (context) => context.json(faults.rules));
  app.post('/faults', async (context) => {
    control.inject(...readFaultRules(parseSeed(await context.req.text())));
    return context.json(faults.rules);
  });
  app.delete('/faults', (context) => {
    control.clearFaults();
    return context.body(null, 204);
  });
  app.post('/actions', async (context) => {
    SeedReader.read(parseSeed(await context.req.text()), '', (reader) => control.act(reader.string('action'), reader.any('args') ?? {}));
    return context.body(null, 204);
  });
  app.notFound((context) => context.json({ message: 'There is no such control route.' }, 404));
  return app;
}
