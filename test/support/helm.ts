import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from '../../tools/controlplane/index.ts';
import { inRepository, run } from '../../tools/lib/index.ts';
// The types of what `inject` returns are declared there.
import type {} from './control-plane-setup.ts';

/** The chart. */
export const chartDirectory = inRepository('charts', 'rolekeeper');

/** Milliseconds that a hook gets which may have to build Helm first. */
export const helmBuildTimeoutMs = 900_000;

/** A Kubernetes object as a chart renders it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Helm as a test uses it: with settings of its own, and rejecting when a command fails. */
export class Helm {
  readonly #program: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(program: string, env: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#env = env;
  }

  /** Finds or builds Helm. Without a kubeconfig it can only do what needs no cluster. */
  static async find(kubeconfig?: string): Promise<Helm> {
    const home = join(inject('scratch'), 'helm');
    await mkdir(home, { recursive: true });
    const { KUBECONFIG, ...rest } = process.env;
    return new Helm(await ensureHelm(), {
      ...rest,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      // Otherwise it would find that of whoever runs the tests.
      KUBECONFIG: kubeconfig ?? join(home, 'none'),
    });
  }

  /** What the command says on its standard output; rejects with what it says on the other one. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(this.#program, args, { env: this.#env });
    if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with code ${code}: ${stderr.trim()}${stdout.trim()}`);
    return stdout;
  }

  /** The text that the chart renders. */
  template(namespace: string, ...args: readonly string[]): Promise<string> {
    return this.run('template', 'rolekeeper', chartDirectory, '--namespace', namespace, ...args);
  }
}

/** The objects in what a chart has rendered. Throws where a key is there twice, which Helm lets pass and other tools don't. */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return (document.toJS() as Manifest | null) ?? [];
  });
}
