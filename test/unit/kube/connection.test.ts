import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createKubeApi, KubeConnection, KubeconfigError, loadKubeConnection } from '../../../src/kube/index.ts';
import { ScriptedKubeServer } from '../../support/scripted-kube-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let directory: string;
const forever = new AbortController().signal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rolekeeper-kubeconfig-'));
});

afterEach(() => rm(directory, { recursive: true }));

function config(more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/prefix/' } }],
    users: [{ name: 'u', user: { token: 'secret-token' } }],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u', namespace: 'team-a' } },
      { name: 'two', context: { cluster: 'c', user: 'u' } },
    ],
    'current-context': 'one',
    ...more,
  };
}

async function write(name: string, content: unknown): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

describe('a kubeconfig', () => {
  test('its current context is used unless another is named', async () => {
    const kubeconfig = await write('config', config());
    expect(await loadKubeConnection({ kubeconfig })).toMatchObject({
      context: 'one',
      namespace: 'team-a',
      server: 'https://10.0.0.1:6443/prefix',
    });
    expect(await loadKubeConnection({ kubeconfig, context: 'two' })).toMatchObject({ context: 'two', namespace: undefined });
  });

  test('KUBECONFIG may name several files; the first that has an entry wins', async () => {
    const first = await write('first', { users: [{ name: 'u', user: { token: 'first' } }], 'current-context': 'two' });
    const second = await write('second', config());
    const connection = await loadKubeConnection({ env: { KUBECONFIG: `${first}${delimiter}${delimiter}${second}` } });
    expect(connection.context).toBe('two');
    expect(connection.settings().user.token).toBe('first');
  });

  test('of several files in KUBECONFIG those that are missing are left out', async () => {
    const file = await write('config', config());
    const missing = join(directory, 'missing');
    expect((await loadKubeConnection({ env: { KUBECONFIG: [missing, file].join(delimiter) } })).context).toBe('one');
    await expect(loadKubeConnection({ env: { KUBECONFIG: missing } })).rejects.toThrow(`Kubeconfig ${missing} doesn't exist`);
  });

  test('paths in it are relative to it', async () => {
    await mkdir(join(directory, 'sub'));
    const user = { tokenFile: 'token', 'client-certificate': 'cert.pem', 'client-key': '/abs/key.pem' };
    const cluster = { server: 'https://x', 'certificate-authority': '../ca.pem' };
    const kubeconfig = await write('sub/config', config({ users: [{ name: 'u', user }], clusters: [{ name: 'c', cluster }] }));
    const settings = (await loadKubeConnection({ kubeconfig })).settings();
    expect(settings.user).toMatchObject({
      tokenFile: join(directory, 'sub', 'token'),
      certFile: join(directory, 'sub', 'cert.pem'),
      keyFile: '/abs/key.pem',
    });
    expect(settings.cluster.caFile).toBe(join(directory, 'ca.pem'));
  });

  test('nothing secret shows when the connection is logged', async () => {
    const connection = await loadKubeConnection({ kubeconfig: await write('config', config()) });
    expect(JSON.stringify(connection)).not.toContain('secret-token');
    expect(Object.values(connection).join()).not.toContain('secret-token');
  });

  interface Refused {
    readonly reason: string;
    readonly content: unknown;
    readonly context?: string;
    readonly says: RegExp;
  }
  const refused: Refused[] = [
    { reason: 'bad YAML tells the line and quotes nothing', content: 'a: 1\nb: [secret-token\n', says: /not valid YAML: \w+ at line \d+$/ },
    { reason: 'a scalar', content: 'secret-token', says: /not a kubeconfig/ },
    { reason: 'an empty file', content: '', says: /not a kubeconfig/ },
    { reason: 'a context that is not there', content: config(), context: 'three', says: /no context three; it has one, two$/ },
    { reason: 'no current context', content: config({ 'current-context': '' }), says: /no current context; name one \(it has one, two\)/ },
    { reason: 'no contexts', content: config({ contexts: [] }), says: /no context one; it has none/ },
    { reason: 'a cluster that is not there', content: config({ clusters: [] }), says: /names cluster c, which isn't there/ },
    { reason: 'a user that is not there', content: config({ users: [] }), says: /names user u, which isn't there/ },
    {
      reason: 'a cluster without a server',
      content: config({ clusters: [{ name: 'c', cluster: {} }] }),
      says: /incomplete: clusters\[0\]/,
    },
    {
      reason: 'a server that is no URL',
      content: config({ clusters: [{ name: 'c', cluster: { server: '10.0.0.1:6443' } }] }),
      says: /not an http or https URL/,
    },
    {
      reason: 'a proxy that can not be used',
      content: config({ clusters: [{ name: 'c', cluster: { server: 'https://x', 'proxy-url': 'ftp://u:secret-token@proxy' } }] }),
      says: /proxy-url that is not/,
    },
    {
      reason: 'a server URL with a password',
      content: config({ clusters: [{ name: 'c', cluster: { server: 'https://u:secret-token@x' } }] }),
      says: /user name in it/,
    },
  ];
  test.each(refused)('refused: $reason', async ({ content, context, says }) => {
    const kubeconfig = await write('config', content);
    const failure = await loadKubeConnection({ kubeconfig, ...(context === undefined ? {} : { context }) }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(KubeconfigError);
    const { message } = failure as Error;
    expect(message).toMatch(says);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('secret-token');
  });

  test('refused: a file that is not there', async () => {
    const kubeconfig = join(directory, 'missing');
    await expect(loadKubeConnection({ kubeconfig })).rejects.toThrow(`Kubeconfig ${kubeconfig} doesn't exist`);
  });

  test('a user may be left out', async () => {
    const contexts = [{ name: 'one', context: { cluster: 'c' } }];
    const connection = await loadKubeConnection({ kubeconfig: await write('config', config({ contexts, users: undefined })) });
    expect(connection.settings().user.token).toBeUndefined();
  });
});

describe('a pod', () => {
  beforeEach(async () => {
    await write('token', 'pod-token\n');
    await write('namespace', 'rolekeeper-system\n');
    await write('ca.crt', 'PEM');
  });

  test('uses its service account and the address from the environment', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const connection = await loadKubeConnection({ env, serviceAccountDirectory: directory });
    expect(connection).toMatchObject({ context: 'in-cluster', server: 'https://[fd00::1]:6443', namespace: 'rolekeeper-system' });
    expect(connection.settings().user.tokenFile).toBe(join(directory, 'token'));
    expect(connection.settings().cluster).toMatchObject({ caFile: join(directory, 'ca.crt'), skipTLSVerify: false });
  });

  test('uses the name of the service where the environment says nothing', async () => {
    const connection = await loadKubeConnection({ serviceAccountDirectory: directory });
    expect(connection.server).toBe('https://kubernetes.default.svc');
  });

  test('a kubeconfig that is named goes first', async () => {
    const env = { KUBECONFIG: await write('config', config()) };
    expect((await loadKubeConnection({ env, serviceAccountDirectory: directory })).context).toBe('one');
  });

  test('has no contexts to choose from', async () => {
    await expect(loadKubeConnection({ context: 'one', serviceAccountDirectory: directory })).rejects.toThrow(/Context one is asked for/);
  });
});

describe('a credential plugin', () => {
  let server: ScriptedKubeServer;

  beforeEach(async () => {
    server = await ScriptedKubeServer.start();
  });

  afterEach(() => server.close());

  async function connectWith(script: string, exec: object = {}): Promise<ReturnType<typeof createKubeApi>> {
    const command = join(directory, 'plugin.mjs');
    await writeFile(command, `#!${process.execPath}\n${script}`);
    await chmod(command, 0o755);
    const user = { name: 'u', exec: { apiVersion: 'client.authentication.k8s.io/v1', command, ...exec } };
    const connection = new KubeConnection('plugin', undefined, { name: 'c', server: server.url, skipTLSVerify: false }, user);
    return createKubeApi(connection, { clock: new VirtualClock() });
  }

  async function authorizationOf(api: ReturnType<typeof createKubeApi>): Promise<string | undefined> {
    const call = api.serverVersion(forever);
    const request = await server.next();
    request.json(200, { gitVersion: 'v1' });
    await call;
    return request.headers.authorization;
  }

  const counting = `
    import { appendFileSync, readFileSync } from 'node:fs';
    const log = import.meta.filename + '.log';
    appendFileSync(log, 'x');
    const times = readFileSync(log, 'utf8').length;
    const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    const token = [info.apiVersion, info.spec.interactive, info.spec.cluster?.server ?? 'no cluster', process.env.EXTRA, times].join(' ');`;

  test('is told what client-go tells it, and is asked once while its answer lives', async () => {
    const api = await connectWith(`${counting} console.log(JSON.stringify({ status: { token } }))`, {
      provideClusterInfo: true,
      env: [{ name: 'EXTRA', value: 'extra' }],
    });
    const want = `Bearer client.authentication.k8s.io/v1 false ${server.url} extra 1`;
    expect(await authorizationOf(api)).toBe(want);
    expect(await authorizationOf(api)).toBe(want);
    await api.close();
  });

  test('is asked again when its answer has expired', async () => {
    const api = await connectWith(
      `${counting} console.log(JSON.stringify({ status: { token, expirationTimestamp: '2020-01-01T00:00:00Z' } }))`,
    );
    expect(await authorizationOf(api)).toMatch(/ 1$/);
    expect(await authorizationOf(api)).toMatch(/ 2$/);
    await api.close();
  });

  test('is asked again after 401', async () => {
    const api = await connectWith(`${counting} console.log(JSON.stringify({ status: { token } }))`);
    const call = api.serverVersion(forever);
    (await server.next()).status(401, 'Unauthorized');
    const again = await server.next();
    expect(again.headers.authorization).toMatch(/ 2$/);
    again.json(200, { gitVersion: 'v1' });
    await call;
    await api.close();
  });

  test.each([
    {
      reason: 'that fails says why',
      script: `console.error('log in first\\nplease'); process.exit(3)`,
      says: /plugin\.mjs failed: log in first please/,
    },
    { reason: 'that prints nonsense is not quoted', script: `console.log('secret-token {')`, says: /answer is not JSON/ },
    {
      reason: 'that answers something else is not quoted',
      script: `console.log('{"token":"secret-token"}')`,
      says: /not an ExecCredential/,
    },
  ])('$reason', async ({ script, says }) => {
    const api = await connectWith(script);
    const failure = await api.serverVersion(forever).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'KubeError', kind: 'unauthorized' });
    expect((failure as Error).message).toMatch(says);
    expect((failure as Error).message).not.toContain('secret-token');
    expect(server.untaken).toBe(0);
    await api.close();
  });

  test('one that was removed from Kubernetes is refused by name', async () => {
    const user = { name: 'u', authProvider: { name: 'gcp', config: {} } };
    const connection = new KubeConnection('old', undefined, { name: 'c', server: server.url, skipTLSVerify: false }, user);
    const api = createKubeApi(connection, { clock: new VirtualClock() });
    await expect(api.serverVersion(forever)).rejects.toThrow(/auth-provider gcp was removed/);
    await api.close();
  });

  test('OIDC tokens of a kubeconfig are used', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: 4_000_000_000 })}.sig`;
    const user = { name: 'u', authProvider: { name: 'oidc', config: { 'id-token': token } } };
    const connection = new KubeConnection('oidc', undefined, { name: 'c', server: server.url, skipTLSVerify: false }, user);
    const api = createKubeApi(connection, { clock: new VirtualClock() });
    expect(await authorizationOf(api)).toBe(`Bearer ${token}`);
    await api.close();
  });
});
