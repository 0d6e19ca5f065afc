/** One HTTP request with its own deadline. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL. Never holds a credential. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Covers connecting, sending and reading the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the request changes something at the server. Default: every method but GET does. */
  readonly writes?: boolean;
}

/** Whether a request changes something, as it says itself or else by its method. */
export function isWrite({ method, writes }: Pick<HttpRequest, 'method' | 'writes'>): boolean {
  return writes ?? method !== 'GET';
}

/** A complete answer of any status. Redirects are answers too: they are never followed. */
export interface HttpResponse {
  readonly status: number;
  /** Header by lower-case name; undefined when absent. */
  header(name: string): string | undefined;
  /** The body as text, complete. */
  readonly body: string;
}

/** Sends requests over one shared pool of connections. */
export interface HttpClient {
  /** Rejects with HttpError when there is no complete answer, with the signal's reason when it aborted. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes the pool; requests under way finish first. */
  close(): Promise<void>;
}

/** Why there is no complete answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** `connect`: nothing was sent. `timeout`, `cut`, `tooLarge`: the server may have acted on the request. */
  readonly reason: 'connect' | 'timeout' | 'cut' | 'tooLarge';

  constructor(reason: HttpError['reason'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
