import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PodMonitor, PrometheusRule, ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { runProgram } from '../../src/cli/index.ts';
import { operatorCommand, operatorFlags } from '../../src/config.ts';
import { inRepository } from '../../tools/lib/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { chartDirectory, Helm, helmBuildTimeoutMs, type Manifest, manifestsOf } from '../support/helm.ts';
import { readPromQL } from '../support/promql.ts';

const matrix = (await readdir(join(chartDirectory, 'ci'))).map((file) => file.replace('-values.yaml', ''));
const valuesFile = (name: string): string => join(chartDirectory, 'ci', `${name}-values.yaml`);

let cluster: TestCluster;
let helm: Helm;
/** Of the release; the others are those that the values name. */
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  helm = await Helm.find();
  // What doesn't satisfy the strictest of the standards is refused here.
  namespace = await cluster.createNamespace('chart', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await cluster.installCRDs();
  const names = ['team-a', 'team-b', 'vault', 'grafana', numbered].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  // Nobody makes ServiceAccounts here, and without one no pod is taken.
  const accounts = [namespace, numbered].map((at) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: at },
  }));
  await apply([...names, ...accounts, ...monitoringKinds.map(stubOf)]);
  await cluster.kubectl([
    'wait',
    '--for=condition=Established',
    ...monitoringKinds.map((kind) => `crd/${pluralOf(kind)}.monitoring.coreos.com`),
  ]);
}, helmBuildTimeoutMs);

/** A name that YAML takes for a number where nobody quotes it. */
const numbered = '20240';

const withoutWhatCanGo = {
  livenessProbe: null,
  readinessProbe: null,
  securityContext: null,
  podSecurityContext: null,
  resources: null,
  commonLabels: null,
  podLabels: null,
};

const monitoringKinds = ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'];
const pluralOf = (kind: string): string => `${kind.toLowerCase()}s`;

/** Takes whatever has the kind: the schema of the Prometheus Operator is that of its own models. */
function stubOf(kind: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${pluralOf(kind)}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      names: { kind, plural: pluralOf(kind) },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

function apply(objects: readonly object[], ...args: readonly string[]): Promise<string> {
  const input = objects.map((object) => stringify(object)).join('---\n');
  return cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-o', 'name', ...args, '-f', '-'], { input });
}

async function render(name: string, ...args: readonly string[]): Promise<readonly Manifest[]> {
  return manifestsOf(await helm.template(namespace, '--values', valuesFile(name), ...args));
}

interface PodSpec {
  readonly affinity?: object;
  readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[];
}

interface Deployment extends Manifest {
  readonly spec: { readonly selector: object; readonly template: { readonly metadata: object; readonly spec: PodSpec } };
}

function deploymentOf(manifests: readonly Manifest[]): Deployment {
  return manifests.find(({ kind }) => kind === 'Deployment') as Deployment;
}

const isCopied = (kind: string): boolean => kind === 'CustomResourceDefinition' || kind.startsWith('ValidatingAdmissionPolicy');

/** The rendered text as it is kept: without what is copied into the chart, the version, and the namespace of this run. */
function golden(text: string): string {
  return text
    .split(/^---\n/m)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !isCopied(/^kind: (\w+)$/m.exec(part)?.[1] ?? ''))
    .map((part) => part.replace(/^( *(?:rolekeeper\.json|argocd-cm\.yaml): \|\n)[\s\S]*/m, '$1    …\n'))
    .map((part) => `---\n${part}\n`)
    .join('')
    .replaceAll(namespace, 'NAMESPACE')
    .replaceAll(manifest.version, 'VERSION');
}

describe.each(matrix)('the chart with the values %s', (name) => {
  it('passes helm lint --strict', async () => {
    expect(await helm.run('lint', '--strict', chartDirectory, '--values', valuesFile(name))).toContain('0 chart(s) failed');
  });

  it('renders what it is known to render', async () => {
    const text = golden(await helm.template(namespace, '--values', valuesFile(name)));
    await expect(text).toMatchFileSnapshot(inRepository(`test/golden/chart/${name}.yaml`));
  });

  it('is taken by the API server, to the last field', async () => {
    const manifests = await render(name);
    const taken = await apply(manifests, '--dry-run=server', '--validate=strict');
    expect(taken.trim().split('\n')).toHaveLength(manifests.length);
  });

  it('has pods that satisfy the Pod Security Standard restricted', async () => {
    const { metadata, spec } = deploymentOf(await render(name)).spec.template;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'operator', namespace },
      spec: { ...spec, serviceAccountName: 'default' },
    };
    expect(await apply([pod], '--dry-run=server')).toContain('pod/operator');
  });

  it('gives every object a name of its own and the labels that say whose it is', async () => {
    const manifests = await render(name);
    const keys = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { metadata } of manifests) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'rolekeeper', 'app.kubernetes.io/managed-by': 'Helm' });
    }
  });

  it('starts the operator with flags that it takes', async () => {
    const [container] = deploymentOf(await render(name)).spec.template.spec.containers;
    let started = 0;
    let complaints = '';
    const code = await runProgram({
      argv: container?.args ?? [],
      env: {},
      commands: [
        operatorCommand(async () => {
          started += 1;
          return 0;
        }),
      ],
      stdout: { write: () => {} },
      stderr: { write: (text: string) => (complaints += text) },
      signal: new AbortController().signal,
    });
    expect([code, started, complaints]).toEqual([0, 1, '']);
  });
});

describe('the chart', () => {
  it('brings the CRDs of crds/, which stay when the release is uninstalled unless asked otherwise', async () => {
    const crds = (await render('default')).filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crds.map(({ metadata }) => `rolekeeper.dev_${metadata.name.replace('.rolekeeper.dev', '.yaml')}`)).toEqual(
      (await readdir(inRepository('crds'))).sort(),
    );
    for (const { metadata } of crds) expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const fleeting = (await render('default', '--set', 'crds.keep=false')).filter(({ kind }) => kind === 'CustomResourceDefinition');
    for (const { metadata } of fleeting) expect(metadata.annotations).toBeUndefined();
  });

  it('is small enough for the Secret in which Helm keeps a release', async () => {
    // Helm keeps the chart with what was rendered, and everything again for each release; the API server takes 1 MiB in one Secret.
    const everything = await helm.template(namespace, '--values', valuesFile('everything'));
    expect(everything.length * 2).toBeLessThan(1024 * 1024);
  });

  it.each([
    { reason: 'both monitors', args: ['--set', 'serviceMonitor.enabled=true,podMonitor.enabled=true'], said: 'choose one' },
    {
      reason: 'a ServiceMonitor without Service',
      args: ['--set', 'serviceMonitor.enabled=true,service.enabled=false'],
      said: 'podMonitor',
    },
    { reason: 'one port for two', args: ['--set', 'ports.health=8080'], said: 'must differ' },
    { reason: 'no ServiceAccount', args: ['--set', 'serviceAccount.create=false'], said: 'serviceAccount.name' },
    {
      reason: 'an alert that there is not',
      args: ['--set', 'prometheusRule.enabled=true,prometheusRule.disabledAlerts={Nope}'],
      said: 'no alert Nope',
    },
    { reason: 'another one', args: ['--set', 'prometheusRule.enabled=true,prometheusRule.overrides.Nope.for=1m'], said: 'no alert Nope' },
    { reason: 'a misspelt value', args: ['--set', 'replica=3'], said: 'replica' },
    {
      reason: 'a common label by which pods are chosen',
      args: ['--set', 'commonLabels.app\\.kubernetes\\.io/name=x'],
      said: 'commonLabels: app.kubernetes.io/name',
    },
    {
      reason: 'a pod label by which pods are chosen',
      args: ['--set', 'podLabels.app\\.kubernetes\\.io/component=x'],
      said: 'podLabels: app.kubernetes.io/component',
    },
    {
      reason: 'a leader that writes after its Lease has passed on',
      args: ['--set', 'leaderElection.leaseDuration=1m,leaderElection.renewDeadline=60s'],
      said: 'below leaderElection.leaseDuration',
    },
    { reason: 'a leader with one try', args: ['--set', 'leaderElection.retryPeriod=6s'], said: 'half of leaderElection.renewDeadline' },
    {
      reason: 'pods that are killed at work',
      args: ['--set', 'shutdownTimeout=1m1s,terminationGracePeriodSeconds=61'],
      said: 'above shutdownTimeout',
    },
  ])('refuses $reason and says so', async ({ args, said }) => {
    await expect(helm.template(namespace, ...args)).rejects.toThrow(said);
  });

  it.each(Object.values(operatorFlags).map(({ name }) => name))(
    'takes --%s in extraArgs only where it does not set it itself',
    async (name) => {
      const rendered = helm.template(namespace, '--set', `extraArgs={--${name}=x}`);
      if (['kubeconfig', 'context'].includes(name)) expect(await rendered).toContain(`- --${name}=x`);
      else await expect(rendered).rejects.toThrow(`--${name} is set by the chart`);
    },
  );

  it.each([
    { name: 'everything', kinds: ['PrometheusRule', 'ServiceMonitor'] },
    { name: 'names', kinds: ['PrometheusRule', 'ServiceMonitor'] },
    { name: 'minimal', kinds: ['PodMonitor'] },
  ])('has with the values $name monitoring that the Prometheus Operator takes and Prometheus reads', async ({ name, kinds }) => {
    const models = { ServiceMonitor, PodMonitor, PrometheusRule } as const;
    const objects = (await render(name)).filter(({ kind }) => kind in models);
    expect(objects.map(({ kind }) => kind).sort()).toEqual(kinds);
    for (const object of objects) {
      new models[object.kind as keyof typeof models](object as never).validate();
      const { groups = [] } = (object as unknown as { spec: { groups?: { rules: { expr: string }[] }[] } }).spec;
      for (const { expr } of groups.flatMap(({ rules }) => rules)) readPromQL(expr);
    }
  });

  it.each([
    { reason: 'as one replica that is replaced', release: 'rolekeeper', values: { replicas: 1, strategy: { type: 'Recreate' } } },
    { reason: 'in a release and a namespace whose names are numbers', release: '2024', values: {} },
    { reason: 'without probes but the first, and without labels', release: 'rolekeeper', values: withoutWhatCanGo },
    { reason: 'as a part of another chart', release: 'rolekeeper', values: { enabled: true, global: { team: 'identity' } } },
  ])('is taken by the API server $reason', async ({ release, values }) => {
    const file = join(inject('scratch'), `${namespace}-values.yaml`);
    await writeFile(file, stringify(values));
    const text = await helm.run('template', release, chartDirectory, '--namespace', numbered, '--values', file);
    const manifests = manifestsOf(text);
    const taken = await apply(manifests, '--dry-run=server', '--validate=strict');
    expect(taken.trim().split('\n')).toHaveLength(manifests.length);
  });

  it('gives an object each label once: its own before the common one, the common one before the usual one', async () => {
    const common = 'commonLabels.stage=all,commonLabels.release=all,commonLabels.app\\.kubernetes\\.io/part-of=platform';
    // The parser refuses a key that is there twice.
    const manifests = await render('everything', '--set', common);
    const pods = deploymentOf(manifests).spec.template.metadata;
    const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor')?.metadata;
    expect(pods).toMatchObject({ labels: { stage: 'production', release: 'all', 'app.kubernetes.io/part-of': 'platform' } });
    expect(monitor).toMatchObject({ labels: { stage: 'all', release: 'prometheus', 'app.kubernetes.io/part-of': 'platform' } });
  });

  it('chooses its pods by labels that no value of theirs changes, so that every upgrade is possible', async () => {
    const selectorWith = async (...args: readonly string[]): Promise<object> =>
      deploymentOf(await render('default', ...args)).spec.selector;
    const selector = await selectorWith();
    expect(selector).toEqual({
      matchLabels: {
        'app.kubernetes.io/name': 'rolekeeper',
        'app.kubernetes.io/instance': 'rolekeeper',
        'app.kubernetes.io/component': 'operator',
      },
    });
    expect(await selectorWith('--set', 'commonLabels.team=a,podLabels.stage=b,fullnameOverride=other,image.tag=v9')).toEqual(selector);
  });

  it('keeps apart only replicas of one version, so that an update has a place for its first pod', async () => {
    for (const way of ['preferred', 'required']) {
      const { affinity } = deploymentOf(await render('default', '--set', `podAntiAffinity=${way}`)).spec.template.spec;
      expect(JSON.stringify(affinity)).toContain('"matchLabelKeys":["pod-template-hash"]');
    }
  });

  it('carries for Argo CD what argocd/ has, to the letter', async () => {
    const found = (await render('everything')).find(({ metadata }) => metadata.name.endsWith('-argocd'));
    const { data } = found as unknown as { readonly data: Readonly<Record<string, string>> };
    expect(data['argocd-cm.yaml']).toBe(await readFile(inRepository('argocd', 'argocd-cm.yaml'), 'utf8'));
  });

  it('takes the digest before the tag', async () => {
    const imageWith = async (...args: readonly string[]): Promise<string | undefined> =>
      deploymentOf(await render('default', ...args)).spec.template.spec.containers[0]?.image;
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(await imageWith()).toBe(`ghcr.io/rolekeeper/rolekeeper:${manifest.version}`);
    expect(await imageWith('--set', 'image.tag=v9')).toBe('ghcr.io/rolekeeper/rolekeeper:v9');
    expect(await imageWith('--set', `image.tag=v9,image.digest=${digest}`)).toBe(`ghcr.io/rolekeeper/rolekeeper@${digest}`);
  });
});
