import { createHttpClient, type HttpClient } from '../../src/lib/index.ts';
import type { ConnectDeps, RoleProvider } from '../../src/providers/index.ts';
// The client has operations that the provider never uses; they are tried here all the same.
import { staticCredentials } from '../../src/providers/karmo/aws-credentials.ts';
import { AwsSigner } from '../../src/providers/karmo/aws-signer.ts';
import { KarmoClient } from '../../src/providers/karmo/client.ts';
import { type DialectSettings, dialectOf } from '../../src/providers/karmo/contract.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { type KarmoOptions, startKarmo } from './karmo-fixture.ts';
import type { ProviderFixture } from './provider-suite.ts';
import { Scenario } from './suite/scenario.ts';

/** A provider and a client of Karmo with an emulator behind them, for what is true of Karmo only. */
export class KarmoBench {
  readonly fixture: ProviderFixture & { readonly clock: VirtualClock };
  readonly scenario: Scenario;
  readonly #https: HttpClient[] = [];

  private constructor(fixture: KarmoBench['fixture'], scenario: Scenario) {
    this.fixture = fixture;
    this.scenario = scenario;
  }

  static async start(options: KarmoOptions = {}): Promise<KarmoBench> {
    const fixture = await startKarmo(options);
    return new KarmoBench(fixture, await Scenario.start(fixture));
  }

  async end(): Promise<void> {
    await this.scenario.end();
    for (const http of this.#https) await http.close();
    this.fixture.validator.assertNone();
  }

  deps(): ConnectDeps {
    const { clock, limiter, calls } = this.scenario;
    const http = createHttpClient({ clock });
    this.#https.push(http);
    return { clock, http, limiter, timeoutMs: Scenario.timeoutMs, onCall: (call) => void calls.push(call), ownIdentity: true };
  }

  /** A connection with these changes of the settings. */
  connect(change: Readonly<Record<string, unknown>> = {}, credentials = this.fixture.credentials): Promise<RoleProvider> {
    const { driver, emulator, settings } = this.fixture;
    return driver.connect({ ...(settings(emulator.url) as object), ...change }, credentials, this.deps());
  }

  client(settings: DialectSettings = {}): KarmoClient {
    const { credentials, emulator } = this.fixture;
    const deps = this.deps();
    const accessKeyId = credentials['aws.accessKeyIDSecretRef'] ?? '';
    const secretAccessKey = credentials['aws.secretAccessKeySecretRef'] ?? '';
    const source = staticCredentials({ accessKeyId, secretAccessKey });
    const { clock, timeoutMs } = deps;
    const signer = new AwsSigner({ region: 'eu-west-1', service: 'execute-api', source, clock, timeoutMs });
    return new KarmoClient({ baseURL: emulator.url, dialect: dialectOf(settings), signer, secrets: [], deps });
  }

  act(action: string, args: object): void {
    this.fixture.emulator.control.act(action, args);
  }

  tokenRequests(): number {
    return this.fixture.emulator.control.journal({ operationId: 'issueToken' }).length;
  }

  /** Operations and statuses of the requests so far. */
  sent(): readonly unknown[] {
    return this.fixture.emulator.control.journal().map(({ operationId, status }) => [operationId, status]);
  }
}
