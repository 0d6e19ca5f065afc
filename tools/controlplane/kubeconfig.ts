import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ApiClient, Connection } from './api-client.ts';

/** How a kubeconfig's user proves who it is. */
export type Credential = { readonly token: string } | { readonly tokenFile: string };

/** Writes a kubeconfig with one context, readable by its owner only. */
export async function writeKubeconfig(file: string, user: string, connection: Connection, credential: Credential): Promise<void> {
  const cluster = {
    server: connection.server,
    ...(connection.ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(connection.ca).toString('base64') }),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rolekeeper', cluster }],
    users: [{ name: user, user: credential }],
    contexts: [{ name: 'rolekeeper', context: { cluster: 'rolekeeper', user } }],
    'current-context': 'rolekeeper',
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}

/** Where a ServiceAccount's kubeconfig goes and what its token is like. */
export interface ServiceAccountKubeconfigOptions {
  /** The admin's client, of the server that the ServiceAccount lives on. */
  readonly admin: ApiClient;
  readonly namespace: string;
  /** Of a ServiceAccount that exists. */
  readonly name: string;
  /** Existing directory for the two files. */
  readonly directory: string;
  /** Lifetime of the token in seconds; one hour unless given, the server allows no less than ten minutes. */
  readonly expirationSeconds?: number;
}

/** A kubeconfig that acts as a ServiceAccount. */
export interface ServiceAccountKubeconfig {
  readonly kubeconfig: string;
  /** The file that the kubeconfig names as its token, as a kubelet would mount it into a pod. */
  readonly tokenFile: string;
  /** Asks for a new token and puts it into `tokenFile` in one step, as a kubelet does when the old one nears its end. */
  rotate(): Promise<void>;
}

/**
 * Gets a token for a ServiceAccount through the TokenRequest API, the way a kubelet gets one for a pod, and writes a kubeconfig that
 * uses it. Whoever uses this kubeconfig has the rights of the ServiceAccount and no more.
 */
export async function serviceAccountKubeconfig(options: ServiceAccountKubeconfigOptions): Promise<ServiceAccountKubeconfig> {
  const { admin, namespace, name, directory } = options;
  const tokenFile = join(directory, `${namespace}.${name}.token`);
  const kubeconfig = join(directory, `${namespace}.${name}.kubeconfig`);

  async function rotate(): Promise<void> {
    const request = await admin.create<{ readonly status: { readonly token: string } }>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: options.expirationSeconds ?? 3600 },
      },
    );
    // A reader must see the old token or the new one, never half of it.
    await writeFile(`${tokenFile}.new`, request.status.token, { mode: 0o600 });
    await rename(`${tokenFile}.new`, tokenFile);
  }

  await rotate();
  await writeKubeconfig(kubeconfig, name, admin.connection, { tokenFile });
  return { kubeconfig, tokenFile, rotate };
}
