import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DemoProvider } from '../demo/index.ts';
import { emulatorNamespace, emulatorObjects, emulatorURL } from './emulators.ts';
import type { ExampleSite } from './examples.ts';
import type { Runner } from './runner.ts';

/** What a run is about. */
export interface KindOptions {
  readonly runner: Runner;
  /** Name of the cluster. */
  readonly name: string;
  /** Existing directory, for the kubeconfig of this cluster alone: that of the user is neither read nor written. */
  readonly directory: string;
  readonly providers: readonly DemoProvider[];
  say(line: string): void;
  readonly signal?: AbortSignal;
}

/** The image in a cluster that has no registry to ask. */
export const image = { repository: 'rolekeeper', tag: 'kind-e2e' } as const;
const reference = `${image.repository}:${image.tag}`;
const release = { name: 'rolekeeper', namespace: 'rolekeeper-system' } as const;

/** What the chart is installed with. */
export const chartSettings: readonly string[] = [
  ...['--set', `image.repository=${image.repository}`, '--set', `image.tag=${image.tag}`],
  ...['--set', 'image.pullPolicy=Never'],
];

/** A cluster made by kind. */
export class KindCluster {
  readonly #options: KindOptions;
  readonly #kubeconfig: string;

  constructor(options: KindOptions) {
    this.#options = options;
    this.#kubeconfig = join(options.directory, 'kubeconfig');
  }

  /** Builds the image; needs no cluster. */
  async buildImage(): Promise<void> {
    this.#options.say(`build the image ${reference}`);
    await this.#options.runner.run('docker', ['build', '--tag', reference, '.']);
  }

  /** Whether somebody has a cluster of this name already. */
  async exists(): Promise<boolean> {
    const { runner, name } = this.#options;
    return (await runner.run('kind', ['get', 'clusters'])).split('\n').includes(name);
  }

  /** Makes the cluster and gives its nodes the image. */
  async create(): Promise<void> {
    const { runner, name, say } = this.#options;
    say(`make the cluster ${name}`);
    await runner.run('kind', ['create', 'cluster', '--name', name, '--kubeconfig', this.#kubeconfig, '--wait', '180s']);
    await runner.run('kind', ['load', 'docker-image', reference, '--name', name]);
  }

  /** Installs the chart and waits until its pods are ready and its own tests pass. */
  async install(): Promise<void> {
    this.#options.say('install the chart');
    const where = ['--namespace', release.namespace];
    await this.#helm([
      'install',
      release.name,
      'charts/rolekeeper',
      ...where,
      '--create-namespace',
      ...chartSettings,
      '--wait',
      '--timeout',
      '5m',
    ]);
    await this.#helm(['test', release.name, ...where]);
  }

  /** Serves the providers' APIs in the cluster. */
  async emulate(): Promise<void> {
    const { providers, say } = this.#options;
    say(`start emulators of ${providers.map(({ name }) => name).join(', ')}`);
    const objects = await emulatorObjects(reference, providers);
    await this.kubectl(['apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
    for (const { name } of providers) {
      await this.kubectl(['rollout', 'status', `deployment/${name}`, '--namespace', emulatorNamespace, '--timeout=180s']);
    }
  }

  /** What the examples are tried on. */
  site(): ExampleSite {
    const { runner, say, signal } = this.#options;
    return {
      kubectl: (args, input) => this.kubectl(args, input),
      urlInCluster: emulatorURL,
      reach: ({ name, port }) =>
        runner.forward('kubectl', (local) => [
          ...['--kubeconfig', this.#kubeconfig, 'port-forward', '--namespace', emulatorNamespace],
          ...[`service/${name}`, `${local}:${port}`],
        ]),
      say,
      ...(signal === undefined ? {} : { signal }),
    };
  }

  /** Takes the release away and sees that what was declared stays. */
  async uninstall(): Promise<void> {
    this.#options.say('uninstall the chart; the Roles stay');
    const before = await this.kubectl(['get', 'orgroles,orgrolebindings', '-A', '-o', 'name']);
    await this.#helm(['uninstall', release.name, '--namespace', release.namespace, '--wait']);
    const after = await this.kubectl(['get', 'orgroles,orgrolebindings', '-A', '-o', 'name']);
    if (before === '' || after !== before)
      throw new Error(`there were\n${before}\nand after the release was uninstalled there are\n${after}`);
  }

  /** Whatever tells why something failed; never rejects. */
  async describe(): Promise<string> {
    const looks = [
      ['get', 'pods', '-A', '-o', 'wide'],
      ['get', 'rolekeeper', '-A'],
      ['get', 'events', '-A', '--sort-by=.lastTimestamp'],
      ['logs', '--namespace', release.namespace, '--selector', `app.kubernetes.io/name=${release.name}`, '--all-containers', '--tail=200'],
    ];
    const texts: string[] = [];
    for (const args of looks) {
      texts.push(`$ kubectl ${args.join(' ')}`, await this.kubectl(args).catch((error: Error) => error.message));
    }
    return texts.join('\n');
  }

  /** Removes the cluster; harmless when there is none. */
  async remove(): Promise<void> {
    const { runner, name } = this.#options;
    await runner.run('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', this.#kubeconfig], { always: true });
  }

  /** Runs kubectl against this cluster. */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return this.#options.runner.run('kubectl', ['--kubeconfig', this.#kubeconfig, ...args], input === undefined ? {} : { input });
  }

  async #helm(args: readonly string[]): Promise<void> {
    await this.#options.runner.run('helm', ['--kubeconfig', this.#kubeconfig, ...args]);
  }
}
