import { type KubeObject, type Reason, reasons } from '../api/index.ts';
import { resources } from '../kube/resources.ts';
import { type KubeApi, KubeError } from '../kube/types.ts';
import type { Credentials, SecretRefs } from '../providers/contract.ts';

/** A Secret, as far as rolekeeper reads it. */
interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What came of reading the Secrets that a provider refers to. */
export type SecretsResult =
  | {
      readonly ok: true;
      readonly credentials: Credentials;
      /** Changes whenever one of the Secrets does. */
      readonly fingerprint: string;
    }
  | {
      readonly ok: false;
      readonly reason: Reason;
      readonly message: string;
      /** True when the Secret or key isn't there at all; false when it couldn't be read. */
      readonly lost: boolean;
    };

/**
 * Reads the Secrets that a provider's settings refer to: by name, each Secret once, and nothing else. `namespace` is that of the provider
 * object, which no reference leads out of; undefined for one of the cluster, whose references name theirs. Rejects only with the signal's
 * reason or a transient KubeError.
 */
export async function readSecrets(
  api: KubeApi,
  refs: SecretRefs,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<SecretsResult> {
  const secrets = new Map<string, Secret>();
  const credentials: Record<string, string> = {};
  for (const [field, ref] of Object.entries(refs).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const where = { namespace: namespace ?? ref.namespace ?? '', name: ref.name };
    const label = `${where.namespace}/${where.name}`;
    const secret = secrets.get(label) ?? (await getSecret(api, where, signal));
    if (secret instanceof KubeError) return unreadable(secret, label, field);
    secrets.set(label, secret);
    const value = secret.data?.[ref.key];
    if (value === undefined) {
      return {
        ok: false,
        reason: reasons.SecretKeyNotFound,
        message: `Secret "${label}" has no key "${ref.key}" (${field}). Add the key or correct ${field}.key; it is picked up by itself.`,
        lost: true,
      };
    }
    const text = Buffer.from(value, 'base64').toString('utf8').trim();
    if (text === '') {
      return {
        ok: false,
        reason: reasons.SecretKeyNotFound,
        message: `Key "${ref.key}" of Secret "${label}" is empty (${field}). Fill it; it is picked up by itself.`,
        lost: true,
      };
    }
    credentials[field] = text;
  }
  const fingerprint = [...secrets].map(([label, secret]) => `${label}@${secret.metadata.uid}/${secret.metadata.resourceVersion}`).join(',');
  return { ok: true, credentials, fingerprint };
}

async function getSecret(api: KubeApi, name: { namespace: string; name: string }, signal: AbortSignal): Promise<Secret | KubeError> {
  try {
    return await api.get<Secret>(resources.secrets, name, signal);
  } catch (error) {
    if (error instanceof KubeError && (error.kind === 'notFound' || error.kind === 'forbidden')) return error;
    throw error;
  }
}

function unreadable(error: KubeError, label: string, field: string): SecretsResult {
  if (error.kind === 'forbidden') {
    return {
      ok: false,
      reason: reasons.SecretForbidden,
      message: `The operator may not read Secret "${label}" (${field}). Allow its ServiceAccount to get it.`,
      lost: false,
    };
  }
  return {
    ok: false,
    reason: reasons.SecretNotFound,
    message: `Secret "${label}" doesn't exist (${field}). Create it or correct ${field}; it is picked up by itself.`,
    lost: true,
  };
}
