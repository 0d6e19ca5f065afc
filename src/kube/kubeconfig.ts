import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
// Deep imports: the package's index, and dist/config.js with its KubeConfig, load the whole generated API (half a second and
// 85 MB when not bundled). These files parse a kubeconfig without it.
import { type Cluster, type Context, newClusters, newContexts, newUsers, type User } from '@kubernetes/client-node/dist/config_types.js';
import { parseDocument } from 'yaml';
import { oneLine } from './one-line.ts';

/** Why there is no usable connection. The message is one line and says what to do; it never quotes a file's content. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** A user of a kubeconfig, with the field that client-node's parser leaves out. */
export interface KubeconfigUser extends User {
  /** Absolute path of a file that holds a bearer token and may change at any time. */
  readonly tokenFile?: string;
}

/** One or several kubeconfig files as one. */
export interface Kubeconfig {
  /** For messages: the files it was read from. */
  readonly origin: string;
  readonly clusters: readonly Cluster[];
  readonly users: readonly KubeconfigUser[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

/**
 * Reads files in the manner of kubectl: the first file that has an entry or a current context wins, and paths in a file are
 * relative to it. Throws KubeconfigError.
 */
export async function readKubeconfigs(files: readonly string[]): Promise<Kubeconfig> {
  const parts: Kubeconfig[] = [];
  for (const file of files) {
    parts.push(await readOne(resolve(file)));
  }
  return {
    origin: files.join(', '),
    clusters: firstByName(parts.flatMap((part) => part.clusters)),
    users: firstByName(parts.flatMap((part) => part.users)),
    contexts: firstByName(parts.flatMap((part) => part.contexts)),
    currentContext: parts.find((part) => part.currentContext !== undefined)?.currentContext,
  };
}

async function readOne(file: string): Promise<Kubeconfig> {
  const content = parseYaml(file, await readText(file));
  const directory = dirname(file);
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  try {
    const clusters = newClusters(content.clusters);
    for (const cluster of clusters) {
      if (cluster.caFile) cluster.caFile = absolute(cluster.caFile);
    }
    const users = newUsers(content.users).map((user, index) => {
      if (user.certFile) user.certFile = absolute(user.certFile);
      if (user.keyFile) user.keyFile = absolute(user.keyFile);
      const tokenFile = tokenFileOf(content.users, index);
      return tokenFile === undefined ? user : { ...user, tokenFile: absolute(tokenFile) };
    });
    const current = content['current-context'];
    return {
      origin: file,
      clusters,
      users,
      contexts: newContexts(content.contexts),
      currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    };
  } catch (error) {
    throw new KubeconfigError(`Kubeconfig ${file} is incomplete: ${error instanceof Error ? oneLine(error.message) : 'unknown fault'}`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new KubeconfigError(`Kubeconfig ${file} doesn't exist`, { cause: error });
    throw new KubeconfigError(`Kubeconfig ${file} can't be read: ${String(code ?? error)}`, { cause: error });
  }
}

function parseYaml(file: string, text: string): Record<string, unknown> {
  // Pretty errors quote the faulty line, and a kubeconfig is full of secrets.
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const line = text.slice(0, fault.pos[0]).split('\n').length;
    throw new KubeconfigError(`Kubeconfig ${file} is not valid YAML: ${fault.code} at line ${line}`);
  }
  const content: unknown = document.toJS();
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new KubeconfigError(`Kubeconfig ${file} is not a kubeconfig: it should be a mapping with clusters, users and contexts`);
  }
  return content as Record<string, unknown>;
}

function tokenFileOf(users: unknown, index: number): string | undefined {
  const entry: unknown = Array.isArray(users) ? users[index] : undefined;
  const user = typeof entry === 'object' && entry !== null && 'user' in entry ? entry.user : undefined;
  const file = typeof user === 'object' && user !== null && 'tokenFile' in user ? user.tokenFile : undefined;
  return typeof file === 'string' && file !== '' ? file : undefined;
}

function firstByName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  const byName = new Map<string, T>();
  for (const entry of entries) {
    if (!byName.has(entry.name)) byName.set(entry.name, entry);
  }
  return [...byName.values()];
}
