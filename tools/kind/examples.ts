import { readdir, readFile } from 'node:fs/promises';
import { names } from '../../src/api/meta.ts';
import type { DemoProvider, ProviderSession, RolePlace } from '../demo/index.ts';
import { inRepository, waitFor } from '../lib/index.ts';
import type { Forwarded } from './runner.ts';

/** A cluster in which the operator runs, and the emulated providers. */
export interface ExampleSite {
  /** Runs kubectl as an admin and returns what it printed. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Where the operator finds the API of a provider. */
  urlInCluster(provider: DemoProvider): string;
  /** A way to the same API for this program. */
  reach(provider: DemoProvider): Promise<Forwarded>;
  /** Gets a line for each thing that is done. */
  say(line: string): void;
  readonly signal?: AbortSignal;
}

const timeout = '--timeout=180s';

/** Applies the examples, waits until they hold, and changes a role of each provider by hand to see it repaired. Rejects where anything is otherwise. */
export async function tryExamples(site: ExampleSite, providers: readonly DemoProvider[]): Promise<void> {
  for (const provider of providers) {
    site.say(`apply examples/${provider.name}`);
    await site.kubectl(['apply', '-f', '-'], await manifestsOf(provider, site.urlInCluster(provider)));
  }
  for (const provider of providers) {
    await untilReady(site, provider);
    await using reached = await site.reach(provider);
    const session = provider.connect(reached.url);
    await holdersAreDeclared(site, provider, session);
    await driftIsRepaired(site, provider, session);
  }
}

/** The examples of a provider as one text, with another address of its API. */
async function manifestsOf({ name, port }: DemoProvider, url: string): Promise<string> {
  const folder = inRepository('examples', name);
  const files = (await readdir(folder)).sort();
  const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')));
  return texts.join('\n---\n').replaceAll(`http://127.0.0.1:${port}`, url);
}

async function untilReady(site: ExampleSite, { name, readyNamespaces, bound }: DemoProvider): Promise<void> {
  for (const namespace of readyNamespaces) {
    site.say(`${name}: wait for the Roles of ${namespace}`);
    await site.kubectl(['wait', '--for=condition=Ready', 'orgroles', '--all', '-n', namespace, timeout]);
  }
  site.say(`${name}: wait for RoleBinding ${bound.name}`);
  await site.kubectl(['wait', '--for=condition=Ready', `orgrolebinding/${bound.name}`, '-n', bound.namespace, timeout]);
}

async function holdersAreDeclared({ say }: ExampleSite, { name, bound }: DemoProvider, session: ProviderSession): Promise<void> {
  const holders = await session.listHolders(bound);
  if (holders.join() !== bound.holders.join()) {
    throw new Error(`${bound.slug} of ${name} is held by ${holders.join(', ') || 'nobody'} and not by ${bound.holders.join(', ')}`);
  }
  say(`${name}: ${bound.slug} is held by ${holders.join(', ')}`);
}

async function driftIsRepaired(site: ExampleSite, { name, tampered }: DemoProvider, session: ProviderSession): Promise<void> {
  const declared = await permissionsOf(session, tampered);
  await session.tamper(tampered);
  const changed = await permissionsOf(session, tampered);
  if (changed.join() === declared.join()) throw new Error(`${tampered.slug} of ${name} was not changed by hand`);
  site.say(`${name}: ${tampered.slug} was changed by hand; wait until it is repaired`);
  const request = `${names.reconcileRequestedAt}=by-hand-${name}`;
  await site.kubectl(['annotate', `orgrole/${tampered.name}`, '-n', tampered.namespace, '--overwrite', request]);
  const repaired = async () => (await permissionsOf(session, tampered)).join() === declared.join();
  await waitFor(`${tampered.slug} of ${name} to be as declared`, repaired, site.signal === undefined ? {} : { signal: site.signal });
}

async function permissionsOf(session: ProviderSession, { organization, slug }: RolePlace): Promise<readonly string[]> {
  const role = (await session.listRoles()).find((candidate) => candidate.organization === organization && candidate.slug === slug);
  if (role === undefined) throw new Error(`${organization} has no role ${slug}`);
  return role.permissions;
}
