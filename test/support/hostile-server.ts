import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { serverCertificate } from './certificates.ts';

/** Answers a request by itself; false: it is passed on. */
export type Misbehaviour = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/** A server in front of an emulator that misbehaves when told to. */
export class HostileServer implements AsyncDisposable {
  readonly url: string;
  /** Headers of every request, as JSON. */
  readonly seen: string[];
  readonly #close: () => Promise<void>;

  private constructor(url: string, seen: string[], close: () => Promise<void>) {
    this.url = url;
    this.seen = seen;
    this.#close = close;
  }

  /** `target`: where requests are passed on to; undefined: they are all answered with 204. */
  static async start(options: {
    readonly target?: string;
    readonly tls?: boolean;
    readonly misbehave?: Misbehaviour;
  }): Promise<HostileServer> {
    const { target, tls = false, misbehave = () => false } = options;
    const seen: string[] = [];
    const sockets = new Set<Socket>();
    const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      seen.push(JSON.stringify(incoming.headers));
      outgoing.on('error', () => undefined);
      if (misbehave(incoming, outgoing)) return;
      if (target === undefined) outgoing.writeHead(204).end();
      else passOn(target, incoming, outgoing);
    };
    const server = tls ? createTlsServer(serverCertificate, handle) : createServer(handle);
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new HostileServer(url, seen, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** The host stays as it was asked for: it may be signed. */
function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url = '/' } = incoming;
  const passed = request(new URL(url, target), { method: method ?? 'GET', headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}
