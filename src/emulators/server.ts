import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { type Ending, type ExchangeParts, exchange } from './exchange.ts';
import type { WireReply } from './tampering.ts';
import type { EmulatedOperation } from './types.ts';

/** Routes of the API and of the control room share one server. */
export type EmulatorContext = Context<{ Bindings: HttpBindings }>;

/** The web application of an emulator: the contract's operations, and anything else as an unknown path. */
export function emulatorApp(parts: ExchangeParts, control: Hono<{ Bindings: HttpBindings }>): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/_emulator', control);
  for (const operation of parts.api.operations) {
    const path = operation.path.replaceAll(/\{([^}]+)\}/g, ':$1');
    app.on(operation.method, path, (context) => serve(parts, context, operation.served?.() === false ? undefined : operation));
  }
  app.notFound((context) => serve(parts, context, undefined));
  return app;
}

/** Starts the server. Rejects when the port is taken. */
export function listen(app: Hono<{ Bindings: HttpBindings }>, host: string, port: number): Promise<Server> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** The URL of a server that listens; a wildcard address is shown as the loopback one. */
export function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`;
}

async function serve(parts: ExchangeParts, context: EmulatorContext, operation: EmulatedOperation | undefined): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const url = new URL(context.req.url);
  const ending = await exchange(parts, {
    operation,
    method: context.req.method,
    path: url.pathname,
    query: url.searchParams,
    params: context.req.param(),
    headers: context.req.header(),
    text: await context.req.text(),
  });
  return finish(ending, incoming, outgoing, parts.closed);
}

async function finish(ending: Ending, incoming: IncomingMessage, outgoing: ServerResponse, closed: AbortSignal): Promise<Response> {
  switch (ending.kind) {
    case 'answer':
      return new Response(bodyOf(ending.reply), { status: ending.reply.status, headers: { ...ending.reply.headers } });
    case 'cut':
      incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    case 'half':
      sendHalf(ending.reply, incoming, outgoing);
      return RESPONSE_ALREADY_SENT;
    case 'hang':
      await gone(incoming, closed);
      return RESPONSE_ALREADY_SENT;
  }
}

/** Statuses without a body refuse one, even an empty one. */
function bodyOf(reply: WireReply): string | null {
  return reply.body === '' ? null : reply.body;
}

function sendHalf(reply: WireReply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const body = Buffer.from(reply.body);
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => incoming.socket.destroy());
}

/** Until the client hangs up or the emulator closes. */
function gone(incoming: IncomingMessage, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    incoming.socket.once('close', () => resolve());
    closed.addEventListener('abort', () => resolve(), { once: true });
  });
}
