import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import { type AwsCredentialSource, loadCredentials } from './aws-credentials.ts';

/** What requests are signed with. */
export interface AwsSignerOptions {
  readonly region: string;
  readonly service: string;
  readonly source: AwsCredentialSource;
  readonly clock: Clock;
  /** Time limit of loading credentials, in milliseconds. */
  readonly timeoutMs: number;
}

/** A request without a body. */
export interface UnsignedRequest {
  readonly operation: string;
  readonly method: string;
  readonly url: string;
}

/** Headers that the connection sets itself, and by the same rules. */
const setByConnection = 'host';

/** Signs requests with AWS Signature Version 4. */
export class AwsSigner {
  readonly #options: AwsSignerOptions;
  #secrets: readonly string[] = [];

  constructor(options: AwsSignerOptions) {
    this.#options = options;
  }

  /** What must never be shown, of the credentials that were used last. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** The headers that make the request a signed one, dated now. Rejects with ProviderError, or with the signal's reason. */
  async sign({ operation, method, url }: UnsignedRequest, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { region, service, source, clock } = this.#options;
    const credentials = await loadCredentials(source, this.#options, operation, signal);
    this.#secrets = [credentials.secretAccessKey, credentials.sessionToken ?? '', credentials.accessKeyId].filter((value) => value !== '');
    const { protocol, host, hostname, pathname } = new URL(url);
    const signer = new SignatureV4({ region, service, credentials, sha256: Sha256 });
    try {
      const signed = await signer.sign(
        { protocol, hostname, method, path: pathname, query: {}, headers: { host } },
        { signingDate: new Date(clock.now()) },
      );
      return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== setByConnection));
    } catch {
      // The library's words may repeat what it was given.
      throw new ProviderError('unauthorized', `Karmo ${operation}: the AWS credentials can't be used for a signature`, { operation });
    }
  }
}
