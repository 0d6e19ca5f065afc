import { type Clock, sleep } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import { cleanText } from '../http/index.ts';

/** Keys of an AWS identity. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where AWS credentials come from. Rejects with whatever the library rejects with. */
export interface AwsCredentialSource {
  (): Promise<AwsKeys>;
  /** Gives up what is under way, so that the next call doesn't wait for it. */
  forget?(): void;
}

/** What is used of a connection. */
export interface CredentialDeps {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** What people do about it. */
const advice = {
  none: "set aws.accessKeyIDSecretRef and aws.secretAccessKeySecretRef, or give the operator's Pod an IAM role (EKS Pod Identity, IRSA or an instance profile)",
  refused: "check the trust policy of the role that the operator's Pod has, and its token",
} as const;

/** Keys from a Secret. */
export function staticCredentials(keys: AwsKeys): AwsCredentialSource {
  return async () => keys;
}

/**
 * The default chain of the AWS SDK: environment, shared files, web identity (IRSA), container credentials (EKS Pod Identity, ECS),
 * instance profile. It reads the environment by itself and keeps what it got until shortly before its end.
 */
export function defaultCredentials(region: string): AwsCredentialSource {
  let chain: Promise<() => Promise<AwsKeys>> | undefined;
  const source = async (): Promise<AwsKeys> => {
    chain ??= loadChain(region);
    return (await chain)();
  };
  // The library lets every caller wait for the request that the first one began, without a time limit of its own.
  const forget = (): void => {
    chain = undefined;
  };
  return Object.assign(source, { forget });
}

/** Only those who use the chain pay for loading it. */
async function loadChain(region: string): Promise<() => Promise<AwsKeys>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({ clientConfig: { region } });
}

/**
 * Loads credentials within the connection's time limit. Rejects with ProviderError: `unauthorized` where there are none or AWS refuses the
 * role, `transient` where AWS can't be asked now; or with the signal's reason.
 */
export async function loadCredentials(
  source: AwsCredentialSource,
  { clock, timeoutMs }: CredentialDeps,
  operation: string,
  signal: AbortSignal,
): Promise<AwsKeys> {
  signal.throwIfAborted();
  const done = new AbortController();
  const late = sleep(clock, timeoutMs, AbortSignal.any([signal, done.signal])).then(() => {
    source.forget?.();
    throw failureOf('transient', operation, `no answer within ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([source(), late]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ProviderError) throw error;
    throw explained(error, operation);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}

/** Only the words of the library's errors go on: the errors themselves can hold the request. */
function explained(error: unknown, operation: string): ProviderError {
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (hasNone(error)) return failureOf('unauthorized', operation, `${words}; ${advice.none}`);
  if (isRefused(error)) return failureOf('unauthorized', operation, `${words}; ${advice.refused}`);
  return failureOf('transient', operation, words);
}

/** The chain has come to its end, or the environment names a file that isn't there. */
function hasNone(error: unknown): boolean {
  return error instanceof Error && (error.name === 'CredentialsProviderError' || ('code' in error && error.code === 'ENOENT'));
}

/** AWS has refused the role, and would again. */
function isRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('$fault' in error)) return false;
  const { $fault, $metadata, $retryable } = error as {
    readonly $fault: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $retryable?: unknown;
  };
  return $fault === 'client' && $retryable === undefined && $metadata?.httpStatusCode !== 429;
}

function failureOf(kind: 'unauthorized' | 'transient', operation: string, why: string): ProviderError {
  return new ProviderError(kind, `Karmo ${operation}, AWS credentials: ${cleanText(why, { maxLength: 500 })}`, { operation });
}
