import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { goObstacle, goProgram } from '../../tools/go-programs/index.ts';
import {
  type BuiltImage,
  buildImage,
  containerPid,
  type RunConfig,
  sandboxCommand,
  sandboxObstacle,
  unpack,
} from '../../tools/image/index.ts';
import { Component, freePorts, run, signalQuietly, waitFor } from '../../tools/lib/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';

let scratch: string;
let layout: string;
let image: BuiltImage;

async function build(name: string): Promise<BuiltImage> {
  const directory = join(scratch, name);
  return buildImage({ directory, buildDirectory: join(scratch, `${name}-build`), env: { SOURCE_DATE_EPOCH: '1700000000' } });
}

beforeAll(async () => {
  scratch = await mkdtemp(join(inject('scratch'), 'image-'));
  layout = join(scratch, 'layout');
  image = await build('layout');
});

describe('the image', () => {
  it('is the same to the byte when it is built again', async () => {
    expect(await build('again')).toEqual(image);
    const files = await readdir(join(layout, 'blobs', 'sha256'));
    expect(await readdir(join(scratch, 'again', 'blobs', 'sha256'))).toEqual(files);
  });

  it('bears the time of its sources', async () => {
    const config = await configOf(layout);
    expect(config.created).toBe('2023-11-14T22:13:20.000Z');
  });
});

interface StoredConfig {
  readonly created: string;
  readonly config: RunConfig;
}

async function configOf(directory: string): Promise<StoredConfig> {
  const json = async (path: string) => JSON.parse(await readFile(join(directory, path), 'utf8'));
  const blob = (digest: string) => json(join('blobs', ...digest.split(':')));
  return blob((await blob((await json('index.json')).manifests[0].digest)).config.digest);
}

const noGo = await goObstacle();

// Without Go there is no crane; where Kubernetes is built from source there is Go.
describe.skipIf(noGo !== undefined)(`in a registry${noGo === undefined ? '' : ` (left out: ${noGo})`}`, () => {
  let crane: string;
  let reference: string;
  let registry: Component;

  const tell = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(crane, args, { env: { HOME: scratch } });
    if (code !== 0) throw new Error(`crane ${args[0]}: ${stderr}`);
    return stdout;
  };

  beforeAll(async () => {
    crane = await goProgram('crane');
    const [port] = await freePorts(1);
    reference = `127.0.0.1:${port}/rolekeeper:test`;
    const args = ['registry', 'serve', '--address', `127.0.0.1:${port}`];
    registry = new Component({ name: 'the registry', command: crane, args, logFile: join(scratch, 'registry.log'), onExit: () => {} });
    await registry.start();
    await waitFor('the registry', async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok);
  });

  afterAll(() => registry?.stop(5_000));

  it('is taken, is well-formed and keeps its digest', async () => {
    await tell(['push', layout, reference]);
    expect(await tell(['validate', '--remote', reference])).toMatch(/PASS/);
    expect((await tell(['digest', reference])).trim()).toBe(image.digest);
    expect(JSON.parse(await tell(['config', reference]))).toEqual(await configOf(layout));
  });

  it('has the files that are unpacked here', async () => {
    await tell(['push', layout, reference]);
    const archive = join(scratch, 'exported.tar');
    await tell(['export', reference, archive]);
    const { stdout } = await run('tar', ['-tf', archive]);
    const exported = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/\/$/, ''));
    const root = join(scratch, 'listed');
    await unpack(layout, root);
    const unpacked = await run('find', [root, '-mindepth', '1', '-printf', '%P\\n']);
    expect(exported.sort()).toEqual(unpacked.stdout.trim().split('\n').sort());
    expect(exported).toContain('app/rolekeeper.mjs');
  });
});

const noSandbox = await sandboxObstacle();

// A root that can't be written to and another user take namespaces, and these take rights.
describe.skipIf(noSandbox !== undefined)(`run as in a pod${noSandbox === undefined ? '' : ` (left out: ${noSandbox})`}`, () => {
  let root: string;
  let config: RunConfig;
  let cluster: TestCluster;

  beforeAll(async () => {
    root = join(scratch, 'root');
    config = await unpack(layout, root);
    cluster = await sharedCluster();
    await cluster.installCRDs();
    await cluster.installRBAC();
  });

  async function contained(args: readonly string[]) {
    const { command, args: words, env } = await sandboxCommand({ root, config, args });
    return run(command, words, { env });
  }

  it('tells its version and its commands', async () => {
    expect(await contained(['--version'])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    expect(await contained(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('operator [options]') });
  });

  it('refuses what it does not know', async () => {
    expect(await contained(['operate'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('operate') });
  });

  it('leaves no way to write to its files', async () => {
    const before = await stat(join(root, 'tmp'));
    const script =
      "try { require('fs').writeFileSync('/tmp/x', 'x') } catch (error) { console.log(error.code, process.getuid(), process.getgid()) }";
    const { command, args, env } = await sandboxCommand({
      root,
      config: { ...config, Entrypoint: ['/usr/local/bin/node', '-e'] },
      args: [script],
    });
    expect(await run(command, args, { env })).toEqual({ code: 0, stdout: 'EROFS 65532 65532\n', stderr: '' });
    expect((await stat(join(root, 'tmp'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('becomes ready with the ServiceAccount of its pod, without any right of the machine, and ends in order', async () => {
    const operator = await startContained();
    const pid = (await containerPid(operator.pid ?? 0)) ?? 0;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^Gid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    signalQuietly(pid, 'SIGTERM');
    await operator.gone;
    expect(operator.exit).toEqual({ code: 0, signal: null });
    expect(await operator.logTail()).toMatch(/"Stopped"/);
  });

  /** With what a kubelet mounts and sets, and the image's own command. */
  async function startContained() {
    const account = join(scratch, 'account');
    await mkdir(account);
    const { tokenFile } = await cluster.serviceAccountKubeconfig();
    const { server, ca } = cluster.admin.connection;
    await writeFile(join(account, 'token'), await readFile(tokenFile), { mode: 0o644 });
    await writeFile(join(account, 'ca.crt'), ca ?? '');
    await writeFile(join(account, 'namespace'), 'rolekeeper-system');
    const [port] = await freePorts(1);
    const { hostname, port: apiPort } = new URL(server);
    const { command, args, env } = await sandboxCommand({
      root,
      config,
      env: {
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: apiPort,
        ROLEKEEPER_HEALTH_ADDRESS: `127.0.0.1:${port}`,
        ROLEKEEPER_METRICS_ADDRESS: 'off',
        ROLEKEEPER_LEASE_NAME: 'image',
        ROLEKEEPER_WATCH_NAMESPACES: 'image',
      },
      volumes: { '/var/run/secrets/kubernetes.io/serviceaccount': account },
    });
    const component = new Component({
      name: 'the container',
      command,
      args,
      env,
      logFile: join(scratch, 'operator.log'),
      onExit: () => {},
    });
    await component.start();
    onTestFinished(() => component.kill());
    const ready = async () => (component.running ? (await fetch(`http://127.0.0.1:${port}/readyz`)).ok && 'ready' : 'ended');
    expect(await waitFor('readiness', ready, { timeoutMs: 120_000 }), await component.logTail()).toBe('ready');
    return component;
  }
});
