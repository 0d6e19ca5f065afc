import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { ControlPlane } from '../../tools/controlplane/index.ts';
import { ApiClient, ensureBinaries, findRunning, pinnedVersions, startControlPlane, takeDown } from '../../tools/controlplane/index.ts';
import type { Finished } from '../../tools/lib/index.ts';
import { commandLineOf, inRepository, run, waitFor } from '../../tools/lib/index.ts';
import type { TestCluster } from '../support/control-plane.ts';
import { sharedCluster, testCluster } from '../support/control-plane.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a control plane of its own', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ binaries: await ensureBinaries() });
  });
  afterAll(() => controlPlane?.stop());

  async function keep(name: string): Promise<void> {
    await controlPlane.admin.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { kept: name } });
  }

  async function kept(name: string): Promise<string | undefined> {
    const { data } = await controlPlane.admin.get<{ readonly data: { readonly kept?: string } }>(`${configMaps}/${name}`);
    return data.kept;
  }

  it('serves the version that the Go module pins', async () => {
    const version = await controlPlane.admin.get<{ readonly gitVersion: string }>('/version');
    if (process.env.KUBEBUILDER_ASSETS) {
      expect(version.gitVersion).toMatch(/^v1\.\d+\.\d+/);
      return;
    }
    expect(version.gitVersion).toBe((await pinnedVersions()).kubernetes);
  });

  it('refuses whoever has no valid token', async () => {
    const stranger = new ApiClient({ ...controlPlane.admin.connection, token: 'wrong' });
    onTestFinished(() => stranger.close());
    expect((await stranger.request('GET', '/api/v1/namespaces')).status).toBe(401);
  });

  it('keeps address, data and credentials when kube-apiserver is restarted', async () => {
    await keep('over-a-restart');
    const { server, processes } = controlPlane;
    await controlPlane.restartApiServer();
    expect(controlPlane.server).toBe(server);
    expect(controlPlane.processes.apiServer).not.toBe(processes.apiServer);
    expect(await kept('over-a-restart')).toBe('over-a-restart');
    expect(await controlPlane.kubectl(['get', 'configmap', 'over-a-restart', '-o', 'name'])).toBe('configmap/over-a-restart\n');
  });

  it('is away while kube-apiserver is killed, and comes back with its data', async () => {
    await keep('over-a-crash');
    await controlPlane.killApiServer();
    await expect(controlPlane.admin.get('/version')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await controlPlane.startApiServer();
    expect(await kept('over-a-crash')).toBe('over-a-crash');
  });

  it('keeps its data when etcd is restarted', async () => {
    await keep('over-etcd');
    const { etcd } = controlPlane.processes;
    await controlPlane.restartEtcd();
    expect(controlPlane.processes.etcd).not.toBe(etcd);
    expect(await kept('over-etcd')).toBe('over-etcd');
  });

  it('finds its data after both servers crashed', async () => {
    await keep('over-both');
    await controlPlane.killApiServer();
    await controlPlane.killEtcd();
    await controlPlane.startEtcd();
    await controlPlane.startApiServer();
    expect(await kept('over-both')).toBe('over-both');
  });

  it('leaves neither process nor file when it is stopped, and stops twice without complaint', async () => {
    const { processes, directory } = controlPlane;
    const { etcd = 0, apiServer = 0 } = processes;
    expect(await commandLineOf(etcd)).toContain(directory);
    expect(await commandLineOf(apiServer)).toContain(directory);
    await controlPlane.stop();
    await controlPlane.stop();
    expect(await commandLineOf(etcd)).toBeUndefined();
    expect(await commandLineOf(apiServer)).toBeUndefined();
    await expect(access(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a control plane that can not start', () => {
  it('shows the end of the log and where it is, and leaves no process', async () => {
    const binaries = await ensureBinaries();
    // The wrong program refuses the arguments and ends.
    const start = startControlPlane({ binaries: { ...binaries, etcd: binaries.kubectl } });
    const error = (await start.then(
      () => undefined,
      (reason: unknown) => reason,
    )) as Error | undefined;
    expect(error?.message).toMatch(/^etcd ended with code 1 before it was ready/);
    expect(error?.message).toMatch(/unknown flag/);
    const log = /the end of (\S+)/.exec(error?.message ?? '')?.[1] ?? '';
    onTestFinished(() => rm(dirname(dirname(log)), { recursive: true, force: true }));
    expect(await readFile(log, 'utf8')).toMatch(/unknown flag/);
  });

  it('names a program that is not there', async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'absent-'));
    const binaries = await ensureBinaries();
    const start = startControlPlane({ binaries: { ...binaries, 'kube-apiserver': '/nowhere/kube-apiserver' }, directory });
    await expect(start).rejects.toThrow(/nowhere/);
  });

  it('tells which flag its server does not know', async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'flag-'));
    const start = startControlPlane({ binaries: await ensureBinaries(), directory, apiServerFlags: ['--no-such-flag'] });
    await expect(start).rejects.toThrow(/kube-apiserver ended with code 1[\s\S]*no-such-flag/);
  });
});

describe('a program that dies with a control plane', () => {
  const program = `
    const { ensureBinaries, startControlPlane } = await import(${JSON.stringify(inRepository('tools', 'controlplane', 'index.ts'))});
    const { directory, processes } = await startControlPlane({ binaries: await ensureBinaries() });
    console.log(JSON.stringify({ directory, ...processes }));
  `;

  async function started(): Promise<{ child: ChildProcess; directory: string; etcd: number; apiServer: number }> {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await waitFor('the program to have a control plane', () => said.includes('\n'), { timeoutMs: 100_000 });
    return { child, ...(JSON.parse(said) as { directory: string; etcd: number; apiServer: number }) };
  }

  it('takes the servers and their data along, even when it is killed', async () => {
    const { child, directory, etcd, apiServer } = await started();
    expect(await commandLineOf(apiServer)).toContain(directory);
    child.kill('SIGKILL');
    await waitFor('etcd to end', async () => (await commandLineOf(etcd)) === undefined);
    await waitFor('kube-apiserver to end', async () => (await commandLineOf(apiServer)) === undefined);
    await waitFor('the data to go', async () => (await readdir(directory).catch(() => undefined)) === undefined);
  });
});

describe('a control plane that stays', () => {
  async function controlplane(directory: string, command: string): Promise<Finished> {
    return run(process.execPath, [inRepository('tools', 'controlplane', 'main.ts'), '--directory', directory, command]);
  }

  it('outlives the command that started it, is found again, and ends on command', async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'stays-'));
    onTestFinished(async () => void (await takeDown(directory)));
    const up = await controlplane(directory, 'up');
    expect(up.stdout).toBe(`export KUBECONFIG=${join(directory, 'kubeconfig')}\n`);
    const running = await findRunning(directory);
    expect(await (await testCluster(join(directory, 'kubeconfig'))).kubectl(['get', '--raw', '/readyz'])).toBe('ok');
    await controlplane(directory, 'up');
    expect(await findRunning(directory)).toEqual(running);
    expect((await controlplane(directory, 'status')).code).toBe(0);
    expect((await controlplane(directory, 'down')).code).toBe(0);
    expect((await controlplane(directory, 'status')).code).toBe(3);
    expect(await commandLineOf(running?.processes.apiServer ?? 0)).toBeUndefined();
    expect(await commandLineOf(running?.processes.etcd ?? 0)).toBeUndefined();
    expect(await readdir(directory)).toEqual(['logs']);
  });

  it('never ends a process that only has the number of a former server', async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'former-'));
    const state = { directory, processes: { etcd: process.pid, apiServer: process.ppid } };
    await writeFile(join(directory, 'state.json'), JSON.stringify(state));
    expect(await findRunning(directory)).toBeUndefined();
    expect(await takeDown(directory)).toBe(false);
    expect(await commandLineOf(process.pid)).toBeDefined();
  });
});

describe("the operator's identity", () => {
  let cluster: TestCluster;
  let namespace: string;

  beforeAll(async () => {
    cluster = await sharedCluster();
    await cluster.installRBAC();
    namespace = await cluster.createNamespace();
    await cluster.admin.create(`/api/v1/namespaces/${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' } });
  });

  it('may read the kinds that the manifests install', async () => {
    await cluster.installCRDs();
    const { kubeconfig } = await cluster.serviceAccountKubeconfig();
    for (const kind of ['orgroles', 'orgrolebindings', 'roleproviders', 'clusterroleproviders']) {
      await expect(cluster.kubectl(['get', kind, '-A'], { kubeconfig })).resolves.toBeTypeOf('string');
    }
  });

  it('is the ServiceAccount of the manifest', async () => {
    const { kubeconfig } = await cluster.serviceAccountKubeconfig();
    const user = await cluster.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], { kubeconfig });
    expect(user).toBe('system:serviceaccount:rolekeeper-system:rolekeeper');
  });

  it('reads a Secret by name and can not list them', async () => {
    const { kubeconfig } = await cluster.serviceAccountKubeconfig();
    expect(await cluster.kubectl(['-n', namespace, 'get', 'secret', 'key', '-o', 'name'], { kubeconfig })).toBe('secret/key\n');
    await expect(cluster.kubectl(['-n', namespace, 'get', 'secrets'], { kubeconfig })).rejects.toThrow(/Forbidden/);
  });

  it('gets a token that differs at each rotation, in the same file', async () => {
    const account = await cluster.serviceAccountKubeconfig();
    const before = await readFile(account.tokenFile, 'utf8');
    await account.rotate();
    const after = await readFile(account.tokenFile, 'utf8');
    expect(after).not.toBe(before);
    await cluster.kubectl(['auth', 'whoami'], { kubeconfig: account.kubeconfig });
  });

  it.each([
    { verb: 'list', resource: 'orgroles.rolekeeper.dev', allowed: true, reason: 'it reads what is declared' },
    { verb: 'watch', resource: 'clusterroleproviders.rolekeeper.dev', allowed: true, reason: 'it reads what is declared' },
    { verb: 'patch', resource: 'orgrolebindings.rolekeeper.dev', allowed: true, reason: 'it sets its finalizer' },
    { verb: 'patch', resource: 'orgroles.rolekeeper.dev/status', allowed: true, reason: 'it applies status' },
    { verb: 'watch', resource: 'namespaces', allowed: true, reason: 'it compares labels with allowedNamespaces' },
    { verb: 'create', resource: 'events.events.k8s.io', allowed: true, reason: 'it tells what happened' },
    { verb: 'create', resource: 'orgroles.rolekeeper.dev', allowed: false, reason: 'it declares nothing itself' },
    { verb: 'update', resource: 'orgroles.rolekeeper.dev', allowed: false, reason: 'it never writes a spec' },
    { verb: 'delete', resource: 'orgroles.rolekeeper.dev', allowed: false, reason: 'it deletes no declaration' },
    { verb: 'watch', resource: 'secrets', allowed: false, reason: 'it knows only the Secrets that are named to it' },
    { verb: 'create', resource: 'secrets', allowed: false, reason: 'it only reads credentials' },
    { verb: 'list', resource: 'customresourcedefinitions.apiextensions.k8s.io', allowed: false, reason: 'it knows the one it asks for' },
    { verb: 'patch', resource: 'namespaces', allowed: false, reason: 'it only reads namespaces' },
    { verb: 'update', resource: 'leases.coordination.k8s.io', allowed: false, reason: 'its Lease is in its own namespace' },
    { verb: 'get', resource: 'clusterroles.rbac.authorization.k8s.io', allowed: false, reason: 'RBAC is not its business' },
    { verb: 'create', resource: 'serviceaccounts/token', allowed: false, reason: 'it must not become somebody else' },
  ])('may $verb $resource in any namespace: $allowed, because $reason', async ({ verb, resource, allowed }) => {
    expect(await mayOperator(cluster, verb, resource, namespace)).toBe(allowed);
  });

  it.each(['get', 'create', 'update'])('may %s Leases in its own namespace', async (verb) => {
    expect(await mayOperator(cluster, verb, 'leases.coordination.k8s.io', 'rolekeeper-system')).toBe(true);
  });

  it('works the same against a cluster that is named by its kubeconfig', async () => {
    const again = await testCluster(cluster.kubeconfig);
    await again.installRBAC();
    expect(await mayOperator(again, 'list', 'orgroles.rolekeeper.dev', namespace)).toBe(true);
  });
});

async function mayOperator(cluster: TestCluster, verb: string, resourceAndGroup: string, namespace: string): Promise<boolean> {
  const [path = '', subresource] = resourceAndGroup.split('/');
  const [resource, ...group] = path.split('.');
  const review = await cluster.admin.create<{ readonly status: { readonly allowed: boolean } }>(
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'system:serviceaccount:rolekeeper-system:rolekeeper',
        resourceAttributes: { verb, resource, group: group.join('.'), namespace, ...(subresource === undefined ? {} : { subresource }) },
      },
    },
  );
  return review.status.allowed;
}
