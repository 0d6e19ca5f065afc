import { describe, expect, it } from 'vitest';
import { reasons } from '../api/index.ts';
import { type KubeApi, KubeError, type KubeErrorKind, type ObjectName } from '../kube/index.ts';
import { readSecrets } from './provider-secrets.ts';

interface Held {
  readonly data?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly uid?: string;
}

/** An API server that has only these Secrets; anything but reading one of them by name fails the test. */
function apiWith(secrets: Readonly<Record<string, Held | KubeErrorKind>>): { readonly api: KubeApi; readonly reads: string[] } {
  const reads: string[] = [];
  const get = async (resource: { readonly plural: string }, { namespace, name }: ObjectName): Promise<unknown> => {
    reads.push(`${resource.plural} ${namespace}/${name}`);
    const held = secrets[`${namespace}/${name}`] ?? 'notFound';
    if (typeof held === 'string') throw new KubeError(held, `Secret ${name}: ${held}`);
    const data = Object.fromEntries(Object.entries(held.data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    return { metadata: { namespace, name, uid: held.uid ?? 'uid-1', resourceVersion: held.version ?? '1' }, data };
  };
  const api = new Proxy({ get } as unknown as KubeApi, {
    get: (target, name) => {
      if (name !== 'get') throw new Error(`${String(name)} was called`);
      return target.get;
    },
  });
  return { api, reads };
}

const signal = new AbortController().signal;
const apiKey = { apiKeySecretRef: { name: 'key', key: 'apiKey' } };
const pair = { clientIDSecretRef: { name: 'oauth', key: 'id' }, clientSecretSecretRef: { name: 'oauth', key: 'secret' } };

describe('readSecrets', () => {
  it('gives the values by the fields that refer to them, and reads each Secret once', async () => {
    const { api, reads } = apiWith({ 'team/oauth': { data: { id: 'me', secret: 'hush' } } });
    const result = await readSecrets(api, pair, 'team', signal);
    expect(result).toMatchObject({ ok: true, credentials: { clientIDSecretRef: 'me', clientSecretSecretRef: 'hush' } });
    expect(reads).toEqual(['secrets team/oauth']);
  });

  it('reads nothing where nothing is referred to', async () => {
    const { api, reads } = apiWith({});
    expect(await readSecrets(api, {}, 'team', signal)).toMatchObject({ ok: true, credentials: {} });
    expect(reads).toEqual([]);
  });

  it('never leaves the namespace of the object, whatever a reference says', async () => {
    const { api, reads } = apiWith({ 'team/key': { data: { apiKey: 'ours' } }, 'vault/key': { data: { apiKey: 'hush' } } });
    const refs = { apiKeySecretRef: { ...apiKey.apiKeySecretRef, namespace: 'vault' } };
    expect(await readSecrets(api, refs, 'team', signal)).toMatchObject({ credentials: { apiKeySecretRef: 'ours' } });
    expect(reads).toEqual(['secrets team/key']);
  });

  it('finds the Secrets of an object of the cluster where its references say', async () => {
    const { api, reads } = apiWith({ 'vault/key': { data: { apiKey: 'hush' } } });
    const refs = { apiKeySecretRef: { ...apiKey.apiKeySecretRef, namespace: 'vault' } };
    expect(await readSecrets(api, refs, undefined, signal)).toMatchObject({ ok: true });
    expect(reads).toEqual(['secrets vault/key']);
  });

  it('tells Secrets of one name in two namespaces apart', async () => {
    const { api } = apiWith({ 'one/key': { data: { apiKey: 'first' } }, 'two/key': { data: { apiKey: 'second' } } });
    const refs = { a: { namespace: 'one', name: 'key', key: 'apiKey' }, b: { namespace: 'two', name: 'key', key: 'apiKey' } };
    expect(await readSecrets(api, refs, undefined, signal)).toMatchObject({ credentials: { a: 'first', b: 'second' } });
  });

  it('drops the newline that a file ends with', async () => {
    const { api } = apiWith({ 'team/key': { data: { apiKey: 'sk_é_1\n' } } });
    expect(await readSecrets(api, apiKey, 'team', signal)).toMatchObject({ credentials: { apiKeySecretRef: 'sk_é_1' } });
  });

  it.each([
    { reason: 'no Secret', held: 'notFound' as const, why: reasons.SecretNotFound, lost: true },
    { reason: 'a Secret that may not be read', held: 'forbidden' as const, why: reasons.SecretForbidden, lost: false },
    { reason: 'a Secret without data', held: {}, why: reasons.SecretKeyNotFound, lost: true },
    { reason: 'a Secret without the key', held: { data: { other: 'x' } }, why: reasons.SecretKeyNotFound, lost: true },
    { reason: 'an empty value', held: { data: { apiKey: '' } }, why: reasons.SecretKeyNotFound, lost: true },
    { reason: 'a value of blanks', held: { data: { apiKey: ' \t\n' } }, why: reasons.SecretKeyNotFound, lost: true },
  ])('says what to do about $reason', async ({ held, why, lost }) => {
    const { api } = apiWith({ 'team/key': held });
    const result = await readSecrets(api, apiKey, 'team', signal);
    expect(result).toMatchObject({ ok: false, reason: why, lost });
    const { message } = result as { readonly message: string };
    expect(message).toContain('"team/key"');
    expect(message).toContain('apiKeySecretRef');
  });

  it('tells no value of another key in what it says', async () => {
    const { api } = apiWith({ 'team/oauth': { data: { id: 'hush' } } });
    expect(JSON.stringify(await readSecrets(api, pair, 'team', signal))).not.toContain('hush');
  });

  it.each(['transient', 'unauthorized', 'rateLimited'] as const)('draws no conclusion from an API server that answers %s', async (kind) => {
    const { api } = apiWith({ 'team/key': kind });
    await expect(readSecrets(api, apiKey, 'team', signal)).rejects.toMatchObject({ kind });
  });

  it.each([
    { reason: 'another version', changed: { data: { apiKey: 'hush' }, version: '2' } },
    { reason: 'a Secret made anew', changed: { data: { apiKey: 'hush' }, uid: 'uid-2' } },
  ])('gives another fingerprint for $reason, and the same for the same', async ({ changed }) => {
    const fingerprint = async (held: Held): Promise<unknown> => {
      const result = await readSecrets(apiWith({ 'team/key': held }).api, apiKey, 'team', signal);
      return result.ok ? result.fingerprint : undefined;
    };
    const before = await fingerprint({ data: { apiKey: 'hush' } });
    expect(before).toBeDefined();
    expect(await fingerprint({ data: { apiKey: 'hush' } })).toBe(before);
    expect(await fingerprint(changed)).not.toBe(before);
    expect(before).not.toContain('hush');
  });
});
