import type { JsonValue } from '../../src/model/index.ts';
import {
  type DumpedRole,
  type FrontierFixture,
  type FrontierTransport,
  type FrontierVersion,
  organization,
  rolesIn,
  startFrontier,
} from './frontier-fixture.ts';
import { Scenario } from './suite/scenario.ts';

/** A service user with no more rights than roles need. */
export const leastPrivileged = {
  organization,
  roles: ['app_organization_accessmanager', 'app_organization_viewer'],
} as const;

/** A connected Frontier provider, the emulator behind it, and short ways to look at both. */
export class FrontierBench {
  readonly fixture: FrontierFixture;
  readonly scenario: Scenario;

  private constructor(fixture: FrontierFixture, scenario: Scenario) {
    this.fixture = fixture;
    this.scenario = scenario;
  }

  /** `seed` overrides parts of the emulator's state. */
  static async start(
    version: FrontierVersion,
    transport: FrontierTransport = version === 'v0.90' ? 'REST' : 'Connect',
    seed: Readonly<Record<string, unknown>> = {},
  ): Promise<FrontierBench> {
    const fixture = await startFrontier(version, transport, seed);
    return new FrontierBench(fixture, await Scenario.start(fixture));
  }

  /** Carries out an action past the API. */
  act(action: string, args: JsonValue): void {
    this.fixture.emulator.control.act(action, args);
  }

  /** Exchanges the server for another release, with the same data. */
  exchangeServer(version: FrontierVersion): void {
    this.act('setVersion', { version });
    this.fixture.wires.version = version;
  }

  /** Creates or changes a role past the API; what isn't given stays. */
  put(role: { readonly name: string; readonly [field: string]: JsonValue }): void {
    this.fixture.backdoor.putPermissions((role.permissions ?? []) as readonly string[]);
    this.act('putRole', { organization, role });
  }

  /** A role as the emulator holds it. */
  role(name: string): DumpedRole | undefined {
    return rolesIn(this.fixture.emulator.control.state()).find((role) => role.name === name);
  }

  /** Operations since the journal was last cleared, in order; paths where there is no operation. */
  asked(): readonly string[] {
    return this.fixture.emulator.control.journal().map(({ operationId, method, path }) => operationId ?? `${method} ${path}`);
  }

  /** The fields of the role in the last request of an operation. */
  sentRole(operationId: string): Readonly<Record<string, unknown>> {
    const body = JSON.parse(this.fixture.emulator.control.journal({ operationId }).at(-1)?.body ?? '{}') as { readonly body?: object };
    return (body.body ?? body) as Readonly<Record<string, unknown>>;
  }

  /** Checks that the contract was kept, and ends. */
  async end(): Promise<void> {
    await this.scenario.end();
    this.fixture.wires.assertNone();
  }
}
