/** Where a server listens. */
export interface ListenAddress {
  /** Name or address of an interface; undefined: all interfaces. IPv6 without brackets. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 takes any free one. */
  readonly port: number;
}

const form = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>[0-9]{1,5})$/;

/** Reads `:8080`, `127.0.0.1:8080` or `[::1]:8080`. Undefined when `text` is nothing of the kind. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const groups = form.exec(text)?.groups;
  const port = Number(groups?.port);
  if (groups === undefined || port > 65_535) {
    return undefined;
  }
  const host = groups.v6 ?? groups.host;
  return host === undefined || host === '' ? { port } : { host, port };
}

/** The address as `parseListenAddress` reads it. */
export function formatListenAddress({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Why an address can't be listened on, as the end of a sentence; `cause` is what the server's `error` event gave. */
export function describeListenFailure(cause: unknown): string {
  const code = (cause as { code?: unknown }).code;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the address is in use by another process',
    EACCES: 'the process may not listen on this port',
    EADDRNOTAVAIL: 'no interface of this machine has the address',
    ENOTFOUND: 'the host name is unknown',
  };
  return (typeof code === 'string' ? reasons[code] : undefined) ?? String((cause as Error).message);
}
