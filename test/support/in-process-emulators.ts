import type { ControlRoom } from '../../src/emulators/control.ts';
import { type ExchangeParts, exchange } from '../../src/emulators/exchange.ts';
import { FaultBook } from '../../src/emulators/faults.ts';
import { type EmulatorControl, type EmulatorOptions, emulators, type FaultRule, type RunningEmulator } from '../../src/emulators/index.ts';
import { assembleEmulator } from '../../src/emulators/start.ts';
import type { EmulatedApi, ExchangeRecord } from '../../src/emulators/types.ts';
import { type Clock, type HttpClient, HttpError, type HttpRequest, type HttpResponse } from '../../src/lib/index.ts';
import type { JsonValue } from '../../src/model/index.ts';
import { routeOf } from './in-process-http.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * Emulators without sockets: their requests go through the same limits, operations, faults and journal as over a port, and a hanging or
 * cut connection fails as an HttpClient's does, all in virtual time. The servers' clocks go by the virtual time that has passed, so that a
 * jump of its wall clock parts them from the client.
 */
export class InProcessEmulators implements HttpClient {
  /** Told of each exchange, and whose it was, once the request has been carried out, or held back by a fault, before its answer. */
  onExchange: (exchange: ExchangeRecord, name: string) => void = () => undefined;
  /** Said in the answers of injected statuses, by the name of the emulator. */
  refusal: (name: string) => string = () => injected;
  readonly #clock: VirtualClock;
  readonly #serverClock: Clock;
  readonly #faults = new CountingBook();
  readonly #hosts = new Map<string, ExchangeParts>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    const epochMs = clock.now() - clock.monotonic();
    this.#serverClock = {
      now: () => epochMs + clock.monotonic(),
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
    };
  }

  /** What `startEmulator` does, without a port. */
  readonly start = async (name: string, options: EmulatorOptions = {}): Promise<RunningEmulator> => {
    const definition = emulators.find((candidate) => candidate.name === name);
    if (definition === undefined) throw new RangeError(`There is no emulator "${name}"`);
    const { parts, control, close } = assembleEmulator(definition, { ...options, clock: this.#serverClock });
    const url = `http://${name}.emulator`;
    const view = new StateView(control, parts.api);
    const api: EmulatedApi = { ...parts.api, failure: (status, message) => parts.api.failure(status, this.#said(message, name)) };
    const onExchange: ExchangeParts['onExchange'] = (record) => {
      view.forget();
      parts.onExchange(record);
      this.onExchange(record, name);
    };
    this.#hosts.set(url, { ...parts, api, faults: this.#faults, onExchange });
    return { name, url, control: view.control, close: async () => close() };
  };

  /** Arms faults for requests to any of the emulators; older ones are asked first. */
  inject(...rules: readonly FaultRule[]): void {
    this.#faults.add(rules);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Requests that faults have hit. */
  get hits(): number {
    return this.#faults.hits;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, timeoutMs } = request;
    signal.throwIfAborted();
    const outcome = Promise.withResolvers<HttpResponse>();
    const onAbort = (): void => outcome.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const deadline = this.#clock.schedule(timeoutMs, () => {
      outcome.reject(new HttpError('timeout', `${placeOf(request)}: no complete answer within ${timeoutMs} ms`));
    });
    this.#answer(request).then(outcome.resolve, outcome.reject);
    try {
      return await outcome.promise;
    } finally {
      deadline.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {}

  #said(message: string, name: string): string {
    return message === injected ? this.refusal(name) : message;
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    const { method, url, body } = request;
    const { origin, host: authority, pathname, searchParams } = new URL(url);
    const host = this.#hosts.get(origin);
    if (host === undefined) throw new HttpError('connect', `${placeOf(request)}: no connection: connection refused`);
    const own = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
    const headers: Readonly<Record<string, string>> = { host: authority, ...Object.fromEntries(own) };
    const route = routeOf(host.api, method, pathname);
    const operation = route?.operation.served?.() === false ? undefined : route?.operation;
    const params = route?.params ?? {};
    const incoming = { operation, method, path: pathname, query: searchParams, params, headers, text: body ?? '' };
    const ending = await exchange(host, incoming);
    if (ending.kind === 'hang') return new Promise(() => undefined);
    if (ending.kind === 'cut') throw new HttpError('cut', `${placeOf(request)}: the connection failed before an answer came: reset`);
    if (ending.kind === 'half') throw new HttpError('cut', `${placeOf(request)}: the connection failed while the answer was read: reset`);
    const { reply } = ending;
    return { status: reply.status, body: reply.body, header: (name) => reply.headers[name.toLowerCase()] };
  }
}

/** What emulators say in a refusal that was injected. */
const injected = 'Injected fault.';

class CountingBook extends FaultBook {
  hits = 0;

  override take(...request: Parameters<FaultBook['take']>): FaultRule | undefined {
    const rule = super.take(...request);
    if (rule !== undefined) this.hits += 1;
    return rule;
  }
}

/** An emulator's control room whose state is written out once for all who look until something may have changed it. */
class StateView {
  readonly control: EmulatorControl;
  #state: JsonValue | undefined;

  constructor(room: ControlRoom, api: EmulatedApi) {
    this.control = {
      state: () => {
        this.#state ??= api.dump();
        return this.#state;
      },
      reset: (seed) => {
        this.forget();
        room.reset(seed);
      },
      act: (action, args) => {
        this.forget();
        room.act(action, args);
      },
      journal: (query) => room.journal(query),
      clearJournal: () => room.clearJournal(),
      inject: (...rules) => room.inject(...rules),
      clearFaults: () => room.clearFaults(),
      nextRequest: (query) => room.nextRequest(query),
    };
  }

  forget(): void {
    this.#state = undefined;
  }
}

function placeOf({ method, url }: HttpRequest): string {
  return `${method} ${new URL(url).origin}`;
}
