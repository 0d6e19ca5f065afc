import { randomBytes } from 'node:crypto';
import type { Grant, Guardrails, ProviderRef } from '../../src/api/index.ts';
import { inRepository, waitFor } from '../../tools/lib/index.ts';
import { type OwnCluster, ownCluster } from './control-plane.ts';
import { apiRoot } from './e2e.ts';

/** Limits of a provider object, and which kind of provider it is for; WorkOS unless given. */
export interface LimitedProvider {
  readonly grants?: readonly Grant[];
  readonly guardrails?: Guardrails;
  readonly allowedNamespaces?: unknown;
  readonly type?: 'workos' | 'klustr' | 'frontier';
}

/** What the API server says of an object. */
export interface Verdict {
  readonly isRefused: boolean;
  /** Of the policy; empty where it has nothing to say. */
  readonly message: string;
}

/** An object in a namespace, as a user writes it. */
export interface NamespacedObject {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const secretRef = { name: 'credentials', key: 'value' };

/** An API server with the admission policies, of its own: they would judge the objects of other tests too. */
export class AdmissionCluster implements AsyncDisposable {
  readonly cluster: OwnCluster;
  #count = 0;

  private constructor(cluster: OwnCluster) {
    this.cluster = cluster;
  }

  static async start(): Promise<AdmissionCluster> {
    const started = new AdmissionCluster(await ownCluster());
    await started.cluster.installCRDs();
    await started.cluster.kubectl(['apply', '-f', inRepository('charts/rolekeeper/install/admission.yaml')]);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.controlPlane.stop();
  }

  /** Stores a provider object with these limits and waits until the policies know it. */
  async createProvider(kind: ProviderRef['kind'] & string, namespace: string, limits: LimitedProvider): Promise<Required<ProviderRef>> {
    this.#count += 1;
    const name = `p${this.#count}-${randomBytes(3).toString('hex')}`;
    await this.putProvider({ kind, name }, namespace, limits);
    return { kind, name };
  }

  /** The same for an object of a name. */
  async putProvider({ kind, name }: Required<ProviderRef>, namespace: string, limits: LimitedProvider): Promise<void> {
    const place = kind === 'RoleProvider' ? `namespaces/${namespace}/roleproviders` : 'clusterroleproviders';
    const ref = kind === 'RoleProvider' ? secretRef : { ...secretRef, namespace: 'vault' };
    const { type = 'workos', ...rest } = limits;
    const allowed = kind === 'ClusterRoleProvider' ? { allowedNamespaces: { names: ['*'] } } : {};
    const object = { apiVersion: 'rolekeeper.dev/v1alpha1', kind };
    const spec = { [type]: settings[type](ref), ...allowed, ...rest };
    await this.cluster.admin.apply(`${apiRoot}/${place}/${name}`, { ...object, metadata: { name }, spec });
    // The policies hear of objects of one kind in their order: once they know the one that is stored next, they know this one.
    const marker = `marker-${randomBytes(6).toString('hex')}`;
    const next = { workos: settings.workos(ref), ...allowed, guardrails: { protectedSlugs: [marker] } };
    await this.cluster.admin.apply(`${apiRoot}/${place}/marker`, { ...object, metadata: { name: 'marker' }, spec: next });
    const probe = { providerRef: { kind, name: 'marker' }, organization: 'o', slug: marker, permissions: ['p'] };
    await waitFor(
      `the policies to know ${name}`,
      async () => {
        const { message } = await this.judge('Role', namespace, { metadata: { name: 'probe' }, spec: probe });
        return message.includes(marker);
      },
      { intervalMs: 10 },
    );
  }

  /** What is said of a new object; nothing is stored. */
  async judge(kind: 'Role' | 'RoleBinding', namespace: string, object: NamespacedObject): Promise<Verdict> {
    const plural = kind === 'Role' ? 'orgroles' : 'orgrolebindings';
    const path = `${apiRoot}/namespaces/${namespace}/${plural}?dryRun=All`;
    const body = { apiVersion: 'rolekeeper.dev/v1alpha1', kind, ...object };
    return verdictOf(await this.cluster.admin.request('POST', path, { body }));
  }
}

const settings = {
  workos: (ref: object) => ({ apiKeySecretRef: ref }),
  klustr: (ref: object) => ({
    baseURL: 'https://klustr.test',
    tokenURL: 'https://klustr.test/token',
    clientIDSecretRef: ref,
    clientSecretSecretRef: ref,
  }),
  frontier: (ref: object) => ({ baseURL: 'https://frontier.test', clientIDSecretRef: ref, clientSecretSecretRef: ref }),
};

/** Tells a refusal of the policies from an answer that says that the test is wrong. */
export function verdictOf(response: { readonly status: number; readonly body: unknown }): Verdict {
  if (response.status < 300) return { isRefused: false, message: '' };
  const { message = '' } = response.body as { readonly message?: string };
  const said = /ValidatingAdmissionPolicy '[^']+' with binding '[^']+' denied request: (.*)$/s.exec(message);
  if (response.status !== 403 || said === null) throw new Error(`expected a verdict of the policies, got ${response.status}: ${message}`);
  return { isRefused: true, message: said[1] ?? '' };
}
