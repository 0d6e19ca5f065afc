import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { ensureHelm } from '../../tools/controlplane/index.ts';
import { type DemoProvider, demoProviders } from '../../tools/demo/index.ts';
import { chartSettings, emulatorNamespace, emulatorObjects, tryExamples } from '../../tools/kind/index.ts';
import { inRepository, run } from '../../tools/lib/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { type EmulatorProcess, type OperatorProcess, startTestEmulator, startTestOperator } from '../support/operator-process.ts';

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly template: { readonly metadata: object; readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

let cluster: OwnCluster;
const started: (EmulatorProcess | OperatorProcess)[] = [];

beforeAll(async () => {
  // Its namespaces are those of the examples, which other tests use as well.
  cluster = await ownCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
});

afterAll(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await cluster?.controlPlane.stop();
});

/** The steps of `make kind-e2e` that need no nodes. */
describe('what is done with a cluster of kind', () => {
  it('finds every example as declared and sees a change by hand repaired, with each provider', async () => {
    const urls = new Map<string, string>();
    await Promise.all(
      demoProviders.map(async ({ name }) => {
        const emulator = await startTestEmulator(name, { seedFile: inRepository('examples', 'emulators', `${name}.yaml`) });
        started.push(emulator);
        urls.set(name, emulator.url);
      }),
    );
    started.push(await startTestOperator(cluster));
    const urlOf = ({ name }: DemoProvider): string => urls.get(name) ?? '';
    const said: string[] = [];
    const site = {
      kubectl: (args: readonly string[], input?: string) => cluster.kubectl(args, input === undefined ? {} : { input }),
      urlInCluster: urlOf,
      reach: async (provider: DemoProvider) => ({ url: urlOf(provider), [Symbol.asyncDispose]: async () => {} }),
      say: (line: string) => void said.push(line),
    };
    await tryExamples(site, demoProviders);
    expect(said.filter((line) => line.endsWith('wait until it is repaired'))).toHaveLength(demoProviders.length);
  });

  it('fails where somebody holds a role whom nobody declared', async () => {
    const [provider] = demoProviders;
    if (provider === undefined) throw new Error('there is no provider');
    const session = { listRoles: async () => [], listHolders: async () => ['a stranger'], tamper: async () => [], tamperCommand: () => [] };
    const site = {
      kubectl: async () => '',
      urlInCluster: () => '',
      reach: async () => ({ url: '', [Symbol.asyncDispose]: async () => {} }),
      say: () => {},
    };
    await expect(tryExamples(site, [{ ...provider, connect: () => session }])).rejects.toThrow(/held by a stranger/);
  });

  it('has emulators that the API server takes, and pods that it admits where the strictest standard is enforced', async () => {
    const objects = await emulatorObjects('rolekeeper:test', demoProviders);
    const apply = (some: readonly object[], ...args: readonly string[]) =>
      cluster.kubectl(['apply', '--server-side', ...args, '-o', 'name', '-f', '-'], {
        input: some.map((one) => stringify(one)).join('---\n'),
      });
    // What the others lie in and run as.
    await apply(objects.slice(0, 2));
    const names = (await apply(objects, '--dry-run=server')).trim().split('\n');
    expect(names).toHaveLength(2 + 3 * demoProviders.length);
    const pods = (objects as readonly Deployment[])
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec: { template } }, index) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        ...template,
        metadata: { ...template.metadata, name: `pod-${index}` },
      }));
    expect((await apply(pods, '--dry-run=server')).trim().split('\n')).toHaveLength(demoProviders.length);
    const careless = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', namespace: emulatorNamespace },
      spec: { containers: [{ name: 'x', image: 'x' }] },
    };
    await expect(apply([{ ...careless, spec: { ...careless.spec, serviceAccountName: 'emulator' } }], '--dry-run=server')).rejects.toThrow(
      /violates PodSecurity/,
    );
  });

  it('installs the chart with the image that was built', async () => {
    const { code, stdout, stderr } = await run(await ensureHelm(), [
      'template',
      'rolekeeper',
      inRepository('charts', 'rolekeeper'),
      ...chartSettings,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Deployment | null);
    const images = documents
      .filter((document) => document?.kind === 'Deployment')
      .flatMap((document) => document?.spec.template.spec.containers.map(({ image }) => image));
    expect(images).toEqual(['rolekeeper:kind-e2e']);
  });
});
