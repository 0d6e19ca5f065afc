import { TokenSource as SharedTokenSource } from '../http/index.ts';
import { issueToken, type OAuthClient, requestToken, type TokenDeps } from './token-request.ts';

/** The access token of one OAuth2 client. */
export class TokenSource extends SharedTokenSource {
  readonly #client: OAuthClient;

  constructor(client: OAuthClient, deps: TokenDeps) {
    super({
      clock: deps.clock,
      provider: 'Klustr',
      operation: issueToken,
      request: (issued, signal) => requestToken(client, deps, [...secretsOf(client), ...issued], signal),
    });
    this.#client = client;
  }

  /** Everything that must never be shown. */
  get secrets(): readonly string[] {
    return [...secretsOf(this.#client), ...this.issued];
  }
}

function secretsOf({ clientID, clientSecret }: OAuthClient): readonly string[] {
  return [`${clientID}:${clientSecret}`, clientSecret, clientID];
}
