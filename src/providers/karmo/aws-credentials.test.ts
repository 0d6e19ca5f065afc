import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { ProviderError } from '../../model/index.ts';
import { type AwsCredentialSource, loadCredentials, staticCredentials } from './aws-credentials.ts';

const { signal } = new AbortController();
const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example-secret' };

function load(source: AwsCredentialSource, clock = new VirtualClock()): Promise<unknown> {
  return loadCredentials(source, { clock, timeoutMs: 5000 }, 'issueToken', signal);
}

/** An error as the AWS SDK throws it. */
function awsError(name: string, fields: object = {}): AwsCredentialSource {
  return () => Promise.reject(Object.assign(new Error('because\nof it'), { name, ...fields }));
}

describe('loadCredentials', () => {
  it('gives what was handed in, and leaves no timer behind', async () => {
    const clock = new VirtualClock();

    expect(await load(staticCredentials(keys), clock)).toEqual(keys);
    expect(clock.pending).toBe(0);
  });

  const cases: readonly { reason: string; source: AwsCredentialSource; kind: string; says: RegExp }[] = [
    { reason: 'the chain ended', source: awsError('CredentialsProviderError'), kind: 'unauthorized', says: /set aws\.accessKeyID/ },
    { reason: 'a file is missing', source: awsError('Error', { code: 'ENOENT' }), kind: 'unauthorized', says: /set aws\.accessKeyID/ },
    { reason: 'STS refuses', source: awsError('AccessDenied', { $fault: 'client' }), kind: 'unauthorized', says: /trust policy/ },
    {
      reason: 'STS wants a pause',
      source: awsError('Throttling', { $fault: 'client', $metadata: { httpStatusCode: 429 } }),
      kind: 'transient',
      says: /Throttling/,
    },
    {
      reason: 'STS could not ask the identity provider',
      source: awsError('IDPCommunicationError', { $fault: 'client', $retryable: {} }),
      kind: 'transient',
      says: /IDPCommunicationError/,
    },
    { reason: 'STS fails', source: awsError('InternalError', { $fault: 'server' }), kind: 'transient', says: /InternalError/ },
    { reason: 'the network fails', source: awsError('Error', { code: 'ECONNREFUSED' }), kind: 'transient', says: /because of it/ },
    { reason: 'something else is thrown', source: () => Promise.reject('odd'), kind: 'transient', says: /odd/ },
  ];
  it.each(cases)('is $kind where $reason', async ({ source, kind, says }) => {
    const error = await load(source).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind, details: { operation: 'issueToken' } });
    expect((error as ProviderError).message).toMatch(says);
    // The error of the library can hold the request that it failed with.
    expect((error as ProviderError).cause).toBeUndefined();
  });

  it('ends when its time is over', async () => {
    const clock = new VirtualClock();
    const outcome = load(() => new Promise(() => undefined), clock).catch((reason: unknown) => reason);
    await clock.advance(5000);

    expect(await outcome).toMatchObject({ kind: 'transient' });
  });

  it('asks nobody for a signal that is aborted already', async () => {
    let asked = false;
    const reason = new Error('too late');
    const source = async () => {
      asked = true;
      return keys;
    };

    await expect(
      loadCredentials(source, { clock: new VirtualClock(), timeoutMs: 1 }, 'issueToken', AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    expect(asked).toBe(false);
  });
});
