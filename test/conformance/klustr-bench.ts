import { expect } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/lib/index.ts';
import type { ConnectDeps } from '../../src/providers/index.ts';
// The client has operations that the provider never uses; they are tried here all the same.
import { KlustrClient } from '../../src/providers/klustr/client.ts';
import { type KlustrFixture, type KlustrMode, startKlustr } from './klustr-fixture.ts';
import { Scenario } from './suite/scenario.ts';

/** The organization of the fixture. */
export const organization = 'conformance.test';
/** An organization without a role document. */
export const neverHadARole = 'never-had-a-role.test';

interface State {
  readonly organizations: readonly {
    readonly id: string;
    readonly roles?: readonly { readonly id: string }[];
    readonly assignments: readonly unknown[];
    readonly members: readonly unknown[];
  }[];
}

/** A provider and a client of Klustr with an emulator behind them, for what is true of Klustr only. */
export class KlustrBench {
  readonly fixture: KlustrFixture;
  readonly scenario: Scenario;
  readonly #https: HttpClient[] = [];

  private constructor(fixture: KlustrFixture, scenario: Scenario) {
    this.fixture = fixture;
    this.scenario = scenario;
  }

  static async start(mode: KlustrMode): Promise<KlustrBench> {
    const organizations = [{ id: organization, builtInRoles: true, members: ['user-boss'] }, { id: neverHadARole }];
    const fixture = await startKlustr(mode, { organizations });
    return new KlustrBench(fixture, await Scenario.start(fixture));
  }

  async end(): Promise<void> {
    for (const http of this.#https) await http.close();
    await this.scenario.end();
    this.fixture.validator.assertNone();
    expect(this.fixture.tokens.violations).toEqual([]);
  }

  deps(): ConnectDeps {
    const { clock, limiter, calls } = this.scenario;
    const http = createHttpClient({ clock });
    this.#https.push(http);
    return { clock, http, limiter, timeoutMs: 1000, onCall: (call) => void calls.push(call) };
  }

  client(): KlustrClient {
    const { credentials, emulator } = this.fixture;
    const { clientIDSecretRef: clientID = '', clientSecretSecretRef: clientSecret = '' } = credentials;
    return new KlustrClient(emulator.url, { tokenURL: `${emulator.url}/hydra/oauth2/token`, clientID, clientSecret }, this.deps());
  }

  /** Operations and bodies of the requests so far, without those for tokens. */
  sent(): readonly unknown[] {
    return this.fixture.emulator.control
      .journal()
      .filter(({ operationId }) => operationId !== 'issueToken')
      .map(({ operationId, body }) => (body === undefined ? [operationId] : [operationId, JSON.parse(body)]));
  }

  tokenRequests(): number {
    return this.fixture.emulator.control.journal({ operationId: 'issueToken' }).length;
  }

  act(action: string, args: object): void {
    this.fixture.emulator.control.act(action, args);
  }

  /** Creates or changes a role as somebody else would. */
  put(role: object): void {
    this.act('putRole', { organization, role });
  }

  /** An organization as the emulator holds it. */
  stored(id: string): State['organizations'][number] | undefined {
    return (this.fixture.emulator.control.state() as unknown as State).organizations.find((each) => each.id === id);
  }

  /** A role as the emulator holds it. */
  role(place: string, id: string): unknown {
    return this.stored(place)?.roles?.find((role) => role.id === id);
  }
}
