import { type ExchangeRecord, startEmulator } from '../../src/emulators/index.ts';
import { type ProviderFixture, type StartEmulator, writingOperations } from '../conformance/suite/fixture.ts';
import type { Picture } from '../matrix/oracle.ts';

/** What requests of emulators answer in. */
const latencyMs = [1, 25] as const;

/** Starts emulators that are a bit slow, and tells of each exchange after the emulator's own checks. */
export function startHeard(heard: (exchange: ExchangeRecord, emulator: string) => void): StartEmulator {
  return (name, options = {}) =>
    startEmulator(name, {
      ...options,
      latencyMs,
      onExchange: (exchange) => {
        options.onExchange?.(exchange);
        heard(exchange, name);
      },
    });
}

/** Operations of a fixture's contract that only read. */
export function readsOf({ operations, people }: ProviderFixture): ReadonlySet<string> {
  const { listHolders = [], readHolder = [], findUser = [], grant = [], revoke = [] } = people?.operations ?? {};
  const writes = new Set([...writingOperations.flatMap((each) => operations[each]), ...grant, ...revoke]);
  const reads = [...operations.listRoles, ...operations.listPermissions, ...listHolders, ...readHolder, ...findUser];
  return new Set(reads.filter((each) => !writes.has(each)));
}

/** Operations of a fixture's contract that read a list of roles or of holders. */
export function listsOf({ operations, people }: ProviderFixture): readonly string[] {
  return [...operations.listRoles, ...(people?.operations?.listHolders ?? [])];
}

/** Operations of a fixture's contract by which a role or a grant comes into being: what was announced before them hangs on their answer. */
export function createsOf({ operations, people }: ProviderFixture): readonly string[] {
  return [...operations.createRole, ...(people?.operations?.grant ?? [])];
}

/** What a provider holds of these slugs and users: permissions by slug, slugs by user. */
export function pictureOf({ backdoor, people }: ProviderFixture, slugs: readonly string[], users: ReadonlyMap<number, string>): Picture {
  const known = new Set(slugs);
  return {
    roles: Object.fromEntries(slugs.map((slug) => [slug, backdoor.role(slug)?.permissions])),
    held: Object.fromEntries(
      [...users].map(([user, id]) => [user, people?.held({ kind: 'User', id }).filter((slug) => known.has(slug)) ?? []]),
    ),
  };
}

interface State {
  readonly organizations?: readonly Organization[];
  readonly tenants?: readonly Organization[];
}

interface Organization {
  readonly id: string;
  readonly roles?: readonly { readonly slug?: string; readonly id?: string; readonly name?: string }[];
}

/** Slugs that a provider has more than once in an organization. */
export function duplicatesAt({ emulator, vocabulary }: ProviderFixture, slugs: readonly string[]): readonly string[] {
  const { organizations = [], tenants = [] } = emulator.control.state() as unknown as State;
  const roles = [...organizations, ...tenants].find(({ id }) => id === vocabulary.organization)?.roles ?? [];
  return slugs.filter((slug) => roles.filter((role) => role.slug === slug || role.id === slug || role.name === slug).length > 1);
}
