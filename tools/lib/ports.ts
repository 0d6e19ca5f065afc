import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/**
 * `count` different TCP ports of 127.0.0.1 that were free a moment ago. Another process may take one before it is used, so a
 * caller that starts a server on it must be ready to try again.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  // All are held open until the last one is known, otherwise the kernel may hand out the same port twice.
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}
