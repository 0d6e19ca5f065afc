import type { GrantedRole, RoleBinding } from '../api/index.ts';
import type { BindingInput } from '../plan/index.ts';
import type { BindingHost } from './binding-deletion.ts';
import { bindingsNear, recordedOf } from './binding-members.ts';
import { type ResolvedSubjects, resolveSubjects, subjectsAt, withoutLookup } from './binding-subjects.ts';
import { ageOf, type BindingTarget, hasGrants } from './binding-target.ts';
import { keyOf, providerKey, type ReconcileKey, slugOf } from './keys.ts';
import { isProviderError } from './lane-context.ts';
import { findProvider, providerRefusal } from './role-target.ts';

/** What RoleBindings that can't take part in a pass have to say about who keeps what. */
export interface Absent {
  readonly inputs: readonly BindingInput[];
  /** Roles, canonical, of which they name somebody who isn't known. */
  readonly incomplete: readonly string[];
  /** One that has grants on record will take part as soon as its provider has been looked at. */
  readonly isWaiting: boolean;
}

/** One that counts: `frozen` is of this account for sure, `unsure` may be. */
interface Found {
  readonly binding: RoleBinding;
  readonly slug: string;
  readonly state: 'frozen' | 'unsure';
  /** Whether whom it names counts, besides what it granted. */
  readonly isHeard: boolean;
}

/**
 * RoleBindings of the organization and of `roles` that aren't among `present`, because their provider object isn't ready or hasn't been
 * looked at yet: their grants are in what is read all the same, and nobody may take them for somebody else's or for unwanted.
 */
export async function absentBindings(
  run: BindingHost,
  reader: BindingTarget,
  present: ReadonlySet<ReconcileKey>,
  roles: ReadonlySet<string>,
): Promise<Absent> {
  const inputs: BindingInput[] = [];
  const incomplete: string[] = [];
  let isWaiting = false;
  for (const binding of bindingsNear(reader.binding, run.lanes.deps.stores)) {
    if (present.has(keyOf(binding))) continue;
    const found = find(run, reader, binding);
    if (found === undefined || !roles.has(found.slug)) continue;
    const { wanted, isIncomplete } = await subjectsOf(run, reader, found);
    inputs.push({
      key: keyOf(binding),
      age: ageOf(binding),
      role: found.slug,
      mode: 'Additive',
      state: found.state,
      wanted,
      recorded: recordedOf({ binding }),
      reactivate: false,
    });
    if (isIncomplete === true) incomplete.push(found.slug);
    isWaiting ||= found.state === 'unsure' && found.isHeard && hasGrants(binding);
  }
  return { inputs, incomplete, isWaiting };
}

/** Those of this account are looked for through the connection that is there; of the others is taken what is known without. */
async function subjectsOf(
  run: BindingHost,
  { holders, role }: BindingTarget,
  { binding, state, isHeard }: Found,
): Promise<ResolvedSubjects> {
  const named = isHeard ? subjectsAt(binding, run.lanes.deps.clock.now()).named : [];
  const grants = binding.status?.grants ?? [];
  const known = withoutLookup(named, grants);
  if (state === 'unsure' || known.isIncomplete !== true) return known;
  try {
    return resolveSubjects(named, await holders.lookup(role.organization, named, run.signal), grants);
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    return known;
  }
}

/** That the status names the role is evidence that the operator once took the RoleBinding for one of it. */
function find(run: BindingHost, reader: BindingTarget, binding: RoleBinding): Found | undefined {
  const { stores } = run.lanes.deps;
  const role = placeOf(run, binding);
  if (role === undefined || role.organization.toLowerCase() !== reader.role.organization.toLowerCase()) return undefined;
  const slug = reader.holders.canonicalRole(role.slug);
  const { organization, slug: known } = binding.status?.role ?? {};
  const isKnown = organization === role.organization && known === slug;
  const at = providerKey(role.providerRef, binding.metadata.namespace);
  const { state, account } = accountOf(run, at);
  if (account !== undefined)
    return account === reader.connection.account && isKnown ? { binding, slug, state: 'frozen', isHeard: true } : undefined;
  if (state === 'pending' && findProvider(at, stores) !== undefined) {
    const isRefused = providerRefusal(at, binding.metadata.namespace ?? '', stores) !== undefined;
    return isRefused && !hasGrants(binding) ? undefined : { binding, slug, state: 'unsure', isHeard: !isRefused };
  }
  return hasGrants(binding) ? { binding, slug, state: 'unsure', isHeard: false } : undefined;
}

function accountOf({ lanes }: BindingHost, at: ReconcileKey): { readonly state: string; readonly account: string | undefined } {
  const provider = lanes.registry.get(at);
  if (provider.state === 'ready') return { state: provider.state, account: provider.connection.account };
  return { state: provider.state, account: provider.state === 'notReady' ? provider.account : undefined };
}

/** Where the grants of a RoleBinding are, once there are some, and else where it wants them. */
function placeOf({ lanes }: BindingHost, binding: RoleBinding): GrantedRole | undefined {
  const { name, external } = binding.spec.roleRef;
  if (hasGrants(binding) && binding.status?.role !== undefined) return binding.status.role;
  if (external !== undefined) return external;
  const role = lanes.deps.stores.roles.get(`${binding.metadata.namespace}/${name}`);
  if (role === undefined) return undefined;
  return { providerRef: role.spec.providerRef, organization: role.spec.organization, slug: slugOf(role) };
}
