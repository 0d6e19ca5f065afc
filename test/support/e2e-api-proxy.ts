import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Connection } from '../../tools/controlplane/index.ts';
import { writeKubeconfig } from '../../tools/controlplane/index.ts';
import { statusObject } from './scripted-kube-server.ts';

/** One call to the API server. */
export interface ProxiedCall {
  readonly method: string;
  readonly isWatch: boolean;
  /** Plural of the kind, with the subresource: `orgroles/status`. */
  readonly resource: string;
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * What becomes of a call:
 * - `answer`: it gets this answer and never reaches the API server
 * - `loseRequest`: it never reaches the API server and is never answered; the connection stays open
 * - `loseAnswer`: it is carried out and never answered; the connection stays open
 * - `brokenWatch`: a watch that brings this one line and nothing else
 * - `after`: it is passed on once this has been done
 * - `ask`: it is passed on with these parameters of the query
 */
export type Intervention =
  | { readonly kind: 'answer'; readonly status: number; readonly reason: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'loseRequest' | 'loseAnswer' }
  | { readonly kind: 'brokenWatch'; readonly line: string }
  | { readonly kind: 'after'; readonly act: () => Promise<unknown> }
  | { readonly kind: 'ask'; readonly query: Readonly<Record<string, string>> };

/** Says what becomes of a call; undefined: it is passed on. */
export type Rule = (call: ProxiedCall) => Intervention | undefined;

/** A rule that is in force. */
export interface RunningRule {
  /** Calls that it changed the course of so far. */
  readonly hits: number;
  end(): void;
}

interface OpenAnswer {
  readonly call: ProxiedCall;
  isSwallowed: boolean;
}

/** Stands between the operator and the API server and does what a network, a load balancer or a busy API server may do. */
export class ApiProxy implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #agent: Agent;
  readonly #server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing));
  readonly #open = new Set<OpenAnswer>();
  #rules: { readonly rule: Rule; hits: number }[] = [];

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = new Agent({ keepAlive: true, ...(connection.ca === undefined ? {} : { ca: connection.ca }) });
    this.#server.keepAliveTimeout = 600_000;
  }

  static async start(connection: Connection): Promise<ApiProxy> {
    const proxy = new ApiProxy(connection);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Writes a kubeconfig that goes through the proxy with a token of that file, and returns its path. */
  async kubeconfig(directory: string, tokenFile: string): Promise<string> {
    const file = join(directory, 'proxied.kubeconfig');
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    await writeKubeconfig(file, 'proxied', { server }, { tokenFile });
    return file;
  }

  /** From now on this decides what becomes of calls; the rule that came last is asked first. */
  intervene(rule: Rule): RunningRule {
    const entry = { rule, hits: 0 };
    this.#rules.unshift(entry);
    return {
      get hits() {
        return entry.hits;
      },
      end: () => {
        this.#rules = this.#rules.filter((other) => other !== entry);
      },
    };
  }

  /** Of answers that are under way no further byte arrives, ever; their connections stay open. Returns how many there are. */
  swallow(which: (call: ProxiedCall) => boolean): number {
    const hit = [...this.#open].filter(({ call, isSwallowed }) => !isSwallowed && which(call));
    for (const answer of hit) answer.isSwallowed = true;
    return hit.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    this.#agent.destroy();
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // Who calls hangs up in many of these tests.
    outgoing.on('error', () => undefined);
    const body = await readAll(incoming);
    const url = new URL(incoming.url ?? '/', 'http://proxy');
    const call = callOf(incoming.method ?? 'GET', url);
    const intervention = this.#decide(call);
    if (intervention?.kind === 'loseRequest') return;
    if (intervention?.kind === 'answer') return answer(outgoing, intervention);
    if (intervention?.kind === 'brokenWatch') {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(`${intervention.line}\n`);
      return;
    }
    if (intervention?.kind === 'after') await intervention.act();
    if (intervention?.kind === 'ask') for (const [name, value] of Object.entries(intervention.query)) url.searchParams.set(name, value);
    this.#forward(call, `${url.pathname}${url.search}`, incoming, body, outgoing, intervention?.kind === 'loseAnswer');
  }

  #decide(call: ProxiedCall): Intervention | undefined {
    for (const entry of this.#rules) {
      const intervention = entry.rule(call);
      if (intervention === undefined) continue;
      entry.hits += 1;
      return intervention;
    }
    return undefined;
  }

  #forward(call: ProxiedCall, path: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, isSwallowed: boolean): void {
    const open: OpenAnswer = { call, isSwallowed };
    this.#open.add(open);
    const { host: _host, connection: _hop, ...headers } = incoming.headers;
    const options: RequestOptions = { agent: this.#agent, method: call.method, headers };
    const passed = request(new URL(path, this.#connection.server), options, (reply) => {
      if (!open.isSwallowed) {
        const { connection: _one, 'keep-alive': _two, 'transfer-encoding': _three, ...kept } = reply.headers;
        outgoing.writeHead(reply.statusCode ?? 502, kept);
        outgoing.flushHeaders();
      }
      reply.on('data', (chunk: Buffer) => {
        if (!open.isSwallowed) outgoing.write(chunk);
      });
      reply.once('end', () => {
        if (!open.isSwallowed) outgoing.end();
      });
      reply.once('error', () => {
        if (!open.isSwallowed) outgoing.destroy();
      });
    });
    passed.once('error', () => {
      if (!open.isSwallowed) outgoing.destroy();
    });
    outgoing.once('close', () => {
      this.#open.delete(open);
      passed.destroy();
    });
    passed.end(body);
  }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(outgoing: ServerResponse, { status, reason, headers }: Extract<Intervention, { kind: 'answer' }>): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(statusObject(status, reason)));
}

/** `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME/SUBRESOURCE`, with `/api/VERSION` for the core group. */
function callOf(method: string, url: URL): ProxiedCall {
  const [root, ...rest] = url.pathname.split('/').slice(1);
  const scoped = rest.slice(root === 'apis' ? 2 : 1);
  const [plural = '', , subresource] = scoped[0] === 'namespaces' && scoped.length > 2 ? scoped.slice(2) : scoped;
  return {
    method,
    isWatch: url.searchParams.has('watch'),
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    path: url.pathname,
    query: url.searchParams,
  };
}
