import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'vitest';
import type { FaultRule, JournalEntry } from '../../../src/emulators/index.ts';
import { createHttpClient, type HttpClient, type RateLimiter } from '../../../src/lib/index.ts';
import { type Capabilities, type DesiredRole, type ObservedRole, ProviderError, type RolePlan } from '../../../src/model/index.ts';
import { type ManagementMode, planRole } from '../../../src/plan/index.ts';
import type { Credentials, ProviderCall, RoleProvider } from '../../../src/providers/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { type ProviderFixture, type ProviderOperation, type StoredRole, writingOperations } from './fixture.ts';

/** A limiter that lets everybody pass and notes the pauses. */
class RecordingLimiter implements RateLimiter {
  readonly pauses: number[] = [];

  async acquire(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return 0;
  }

  pause(delayMs: number): void {
    this.pauses.push(delayMs);
  }

  pausedForMs(): number {
    return 0;
  }
}

/** One running case: a connected provider, the emulator behind it, and what a case does with them. */
export class Scenario {
  readonly fixture: ProviderFixture;
  readonly provider: RoleProvider;
  readonly clock: VirtualClock;
  readonly limiter: RecordingLimiter;
  readonly calls: ProviderCall[];
  readonly signal = new AbortController().signal;
  /** Time limit of one call; passes only when a case lets the clock run. */
  static readonly timeoutMs = 10_000;
  readonly #http: HttpClient;
  readonly #cleanups: (() => Promise<unknown>)[] = [];

  private constructor(parts: Pick<Scenario, 'fixture' | 'provider' | 'clock' | 'limiter' | 'calls'> & { readonly http: HttpClient }) {
    this.fixture = parts.fixture;
    this.provider = parts.provider;
    this.clock = parts.clock;
    this.limiter = parts.limiter;
    this.calls = parts.calls;
    this.#http = parts.http;
  }

  static async start(fixture: ProviderFixture): Promise<Scenario> {
    const clock = fixture.clock ?? new VirtualClock();
    const limiter = new RecordingLimiter();
    const calls: ProviderCall[] = [];
    const http = createHttpClient({ clock });
    const deps = {
      clock,
      http,
      limiter,
      timeoutMs: Scenario.timeoutMs,
      onCall: (call: ProviderCall) => void calls.push(call),
      ownIdentity: true,
    };
    const provider = await fixture.driver.connect(fixture.settings(fixture.emulator.url), fixture.credentials, deps);
    return new Scenario({ fixture, provider, clock, limiter, calls, http });
  }

  get capabilities(): Capabilities {
    return this.provider.capabilities;
  }

  get organization(): string {
    return this.fixture.vocabulary.organization;
  }

  /** Another connection to the same account, or to another address. */
  connect(change: { readonly url?: string; readonly credentials?: Credentials } = {}): Promise<RoleProvider> {
    const { driver, settings, credentials, emulator } = this.fixture;
    return driver.connect(settings(change.url ?? emulator.url), change.credentials ?? credentials, {
      clock: this.clock,
      http: this.#http,
      limiter: this.limiter,
      timeoutMs: Scenario.timeoutMs,
      onCall: (call) => void this.calls.push(call),
      ownIdentity: true,
    });
  }

  /** An address at which nobody listens. */
  async deadURL(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    return `http://127.0.0.1:${port}`;
  }

  /** A server of somebody else. `seen` grows with every request it gets. */
  async stranger(): Promise<{ readonly url: string; readonly seen: readonly string[] }> {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    this.#cleanups.push(() => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }

  /** A role of the vocabulary as a manifest declares it. */
  desired(number: number, permissions: readonly number[], change: Partial<DesiredRole> = {}): DesiredRole {
    const { vocabulary } = this.fixture;
    return {
      ref: { organization: this.organization, slug: vocabulary.slug(number) },
      displayName: `Role ${number}`,
      ...(this.capabilities.description ? { description: `What role ${number} is for` } : {}),
      permissions: permissions.map((each) => vocabulary.permission(each)),
      extras: {},
      ...change,
    };
  }

  /** The same role as the emulator would hold it. */
  stored(number: number, permissions: readonly number[], change: Partial<StoredRole> = {}): StoredRole {
    const { vocabulary } = this.fixture;
    return {
      slug: vocabulary.slug(number),
      displayName: `Role ${number}`,
      description: this.capabilities.description ? `What role ${number} is for` : '',
      permissions: permissions.map((each) => vocabulary.permission(each)).sort(),
      ...change,
    };
  }

  /** Makes the first `count` permissions of the vocabulary known. */
  knowPermissions(count: number): void {
    this.fixture.backdoor.putPermissions(Array.from({ length: count }, (_, number) => this.fixture.vocabulary.permission(number)));
  }

  /** Normalises, reads and plans, as the operator does. */
  async plan(desired: DesiredRole, mode: ManagementMode = 'Enforce'): Promise<RolePlan> {
    const normalized = this.provider.normalize(desired);
    if (!normalized.ok) throw new Error(`not normalised: ${JSON.stringify(normalized.problems)}`);
    return planRole({ desired: normalized.role, observed: await this.#observation(normalized.role.ref.slug), mode });
  }

  /** Plans and carries out. */
  async realize(desired: DesiredRole, mode: ManagementMode = 'Enforce'): Promise<RolePlan> {
    const plan = await this.plan(desired, mode);
    await this.provider.apply(plan, this.signal);
    return plan;
  }

  /** The role as the provider reports it now. */
  async observed(slug: string): Promise<ObservedRole | undefined> {
    return (await this.provider.observe(this.organization, this.signal)).roles.get(slug);
  }

  /** Arms a fault for the next request of an operation. */
  inject(operation: ProviderOperation, fault: Omit<FaultRule, 'operationId'>): void {
    this.fixture.emulator.control.inject({ ...fault, operationId: this.fixture.operations[operation] });
  }

  /** Requests of these operations since the journal was last cleared. */
  requests(...operations: readonly ProviderOperation[]): readonly JournalEntry[] {
    return this.fixture.emulator.control.journal({ operationId: operations.flatMap((each) => this.fixture.operations[each]) });
  }

  /** Requests since the journal was last cleared that change something. */
  writes(): readonly JournalEntry[] {
    return this.requests(...writingOperations);
  }

  forgetRequests(): void {
    this.fixture.emulator.control.clearJournal();
  }

  /** Begins a call of which one request will hang, and lets the call's time pass once that request is there. */
  async timeOut<T>(operation: ProviderOperation, call: () => Promise<T>): Promise<T> {
    const arrived = this.fixture.emulator.control.nextRequest({ operationId: this.fixture.operations[operation] });
    const outcome = call();
    // It is awaited below; until then nothing else may take its failure for unhandled.
    outcome.catch(() => undefined);
    await arrived;
    await this.clock.advance(Scenario.timeoutMs);
    return outcome;
  }

  /** The ProviderError that a call fails with; checks that it is fit to be shown. */
  async failure(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error, 'the call must fail with a ProviderError').toBeInstanceOf(ProviderError);
    const failure = error as ProviderError;
    this.#expectPresentable(failure);
    return failure;
  }

  async end(): Promise<void> {
    await this.provider[Symbol.asyncDispose]();
    for (const cleanup of this.#cleanups) await cleanup();
    await this.fixture.emulator.close();
    await this.#http.close();
  }

  #expectPresentable(error: ProviderError): void {
    const { cause: _cause, ...details } = error.details;
    const shown = [error.message, JSON.stringify(details), ...causesOf(error)].join('\n');
    for (const secret of [...Object.values(this.fixture.credentials), ...Object.values(this.fixture.wrongCredentials)]) {
      expect(shown, 'no credential may be shown').not.toContain(secret);
    }
    expect(error.message).not.toMatch(/[\r\n]/);
    expect(error.message.length).toBeLessThan(1500);
    expect(details.operation).not.toBe('');
  }

  async #observation(slug: string): Promise<Parameters<typeof planRole>[0]['observed']> {
    if (!this.capabilities.readable) return { state: 'unreadable' };
    const role = await this.observed(slug);
    return role === undefined ? { state: 'absent' } : { state: 'present', role };
  }
}

function causesOf(error: unknown): readonly string[] {
  const texts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) texts.push(cause.message);
  return texts;
}
