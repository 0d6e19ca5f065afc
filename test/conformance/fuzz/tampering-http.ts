import { type HttpClient, HttpError, type HttpRequest, type HttpResponse } from '../../../src/lib/index.ts';
import type { Mutation } from '../../support/json-mutations.ts';

/** What becomes of one answer. */
export interface Tampering {
  /** Which request of the operation it hits, from 0; the later ones too where `goesOn`. */
  readonly request: number;
  readonly goesOn: boolean;
  readonly mutation: Mutation | undefined;
  /** Undefined: the true one. */
  readonly status: number | undefined;
  /** By lower-case name; undefined as a value: the header is missing. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** There is no complete answer. */
  readonly lost: HttpError['reason'] | undefined;
  /** False: the server hasn't done what it was asked to. */
  readonly isCarriedOut: boolean;
}

/** More than any operation needs, so a client that sends more runs in circles. */
const mostRequests = 400;

/** An HttpClient whose answers are spoilt on the way. */
export class TamperingHttp implements HttpClient {
  /** Every credential and token that was sent. */
  readonly secrets = new Set<string>();
  readonly #inner: HttpClient;
  #tampering: Tampering | undefined;
  #requests = 0;
  #hits = 0;
  readonly #bodies = new Set<string>();

  constructor(inner: HttpClient, secrets: Iterable<string>) {
    this.#inner = inner;
    for (const secret of secrets) this.secrets.add(secret);
  }

  /** Requests of the operation so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Answers that were spoilt. */
  get hits(): number {
    return this.#hits;
  }

  /** Whether one of the spoilt answers was this text. */
  answered(text: string): boolean {
    return this.#bodies.has(text);
  }

  /** From now on. */
  begin(tampering: Tampering): void {
    this.#tampering = tampering;
    this.#requests = 0;
  }

  /** Answers are true again. */
  end(): void {
    this.#tampering = undefined;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.#noteSecrets(request);
    const tampering = this.#tampering;
    if (tampering === undefined) return this.#inner.send(request);
    const number = this.#requests++;
    if (number >= mostRequests) throw new Error(`More than ${mostRequests} requests in one operation`);
    if (number < tampering.request || (number > tampering.request && !tampering.goesOn)) return this.#inner.send(request);
    this.#hits += 1;
    if (tampering.lost === 'connect') throw new HttpError('connect', 'no connection');
    const response = tampering.isCarriedOut ? await this.#inner.send(request) : undefined;
    if (tampering.lost !== undefined) throw new HttpError(tampering.lost, 'no complete answer');
    return this.#spoilt(response, tampering);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #spoilt(response: HttpResponse | undefined, { mutation, status, headers }: Tampering): HttpResponse {
    const body = mutation?.spoil(response?.body ?? '', this.#aSecret()) ?? response?.body ?? '';
    this.#bodies.add(body);
    return {
      status: status ?? response?.status ?? 503,
      body,
      header: (name) => (Object.hasOwn(headers, name.toLowerCase()) ? headers[name.toLowerCase()] : response?.header(name)),
    };
  }

  #aSecret(): string {
    return [...this.secrets].at(-1) ?? '';
  }

  #noteSecrets({ headers }: HttpRequest): void {
    const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    const token = authorization?.split(' ').at(-1);
    // What is shorter is no credential but a word, and masking it would tear holes into sentences.
    const isCredential = token !== undefined && token.length >= 6 && !authorization?.startsWith('AWS4');
    if (isCredential) this.secrets.add(token);
  }
}
