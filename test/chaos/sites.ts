import { systemClock } from '../../src/lib/index.ts';
import { startFrontier } from '../conformance/frontier-fixture.ts';
import { startJitsudo } from '../conformance/jitsudo-fixture.ts';
import { startKarmo, startKarmoWithReadBack } from '../conformance/karmo-fixture.ts';
import { startKlustr } from '../conformance/klustr-fixture.ts';
import type { ProviderFixture, StartEmulator } from '../conformance/suite/fixture.ts';
import { startWorkos } from '../conformance/workos-fixture.ts';

/** One provider of the run. */
export interface SiteSetup {
  readonly name: string;
  start(start: StartEmulator): Promise<ProviderFixture>;
  /** Removals wait for approval when they are many. Default: only those that taking over a role would cause. */
  readonly isGuarded?: true;
  /** Only somebody who holds a role already is found by address. */
  readonly findsMembersOnly?: true;
}

/** The providers that are worked on at once, each in a namespace of its own. */
export const siteSetups: readonly SiteSetup[] = [
  { name: 'workos', start: (start) => startWorkos({}, { multipleRoles: true }, start) },
  { name: 'klustr', start: (start) => startKlustr('source', {}, start) },
  { name: 'jitsudo', start: (start) => startJitsudo('apiKey', {}, start), isGuarded: true },
  { name: 'frontier over REST', start: (start) => startFrontier('v0.90', 'REST', {}, start) },
  { name: 'frontier over Connect', start: (start) => startFrontier('v0.115', 'Connect', {}, start) },
  { name: 'karmo', start: (start) => startKarmo({ dates: systemClock, start }), findsMembersOnly: true },
  { name: 'karmo with readBack', start: (start) => startKarmoWithReadBack({ dates: systemClock, start }) },
];
