import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before an emulator. */
export interface PatientProxy extends AsyncDisposable {
  readonly url: string;
}

/**
 * Forwards calls to `target` and keeps the callers' connections open however long they are idle, as a load balancer before a real
 * provider may; the emulator itself hangs up after a few seconds.
 */
export async function startPatientProxy(target: string): Promise<PatientProxy> {
  const agent = new Agent({ keepAlive: false });
  const server: Server = createServer((incoming, outgoing) => {
    const call = request(
      new URL(incoming.url ?? '/', target),
      { agent, method: incoming.method ?? 'GET', headers: { ...incoming.headers, connection: 'close' } },
      (answer) => {
        const { connection: _hop, 'keep-alive': _time, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, headers);
        answer.pipe(outgoing);
      },
    );
    call.once('error', () => outgoing.destroy());
    incoming.pipe(call);
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
