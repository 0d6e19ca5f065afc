import { names } from '../../src/api/index.ts';
import { waitFor } from '../lib/index.ts';
import { type MetricSample, type OperatorProcess, sumOf } from '../stack/index.ts';
import type { DemoProvider, HeldRole, ObjectName, RolePlace } from './demo-provider.ts';
import { runKubectl } from './kubectl.ts';
import { type DemoContext, type EmulatedProvider, findRole, kubectlTimeout, showChanges, showKubectl, tellKubectl } from './parts.ts';

/** What the tour goes through. */
export interface TourContext extends DemoContext {
  readonly provider: DemoProvider;
  readonly emulated: EmulatedProvider;
  readonly operator: OperatorProcess;
}

const eventColumns = 'custom-columns=REASON:.reason,MESSAGE:.message';

/** Waits until the cluster says that all is as declared, and shows what that meant at the provider. */
export async function readyStep(tour: TourContext): Promise<void> {
  const { screen, provider, emulated } = tour;
  screen.step(`Wait until ${provider.title} holds what the manifests declare`);
  for (const ready of provider.readyNamespaces) {
    await showKubectl(tour, ['wait', 'orgroles', '--all', '-n', ready, '--for=condition=Ready', kubectlTimeout]);
  }
  await awaitObserved(tour);
  await awaitBound(tour);
  screen.gap();
  await showKubectl(tour, ['get', 'orgroles', '-A']);
  screen.gap();
  await showKubectl(tour, ['get', 'orgrolebindings', '-A']);
  screen.gap();
  screen.say(`The roles at ${provider.title} now:`);
  screen.gap();
  const roles = await emulated.session.listRoles();
  showChanges(screen, emulated.before, roles);
  await boundPart(tour);
  await observedPart(tour, roles);
}

/** Waits until the RoleBinding's subjects hold their role. */
export async function awaitBound(tour: TourContext): Promise<void> {
  const { namespace, name } = tour.provider.bound;
  await showKubectl(tour, ['wait', `orgrolebinding/${name}`, '-n', namespace, '--for=condition=Ready', kubectlTimeout]);
}

/** Checks at the provider that those hold the role who should. */
export async function boundPart({ screen, provider, emulated }: TourContext): Promise<void> {
  const { name, slug, holders, ...place } = provider.bound;
  const found = await emulated.session.listHolders({ slug, organization: place.organization });
  check(found.join() === holders.join(), `${slug} is held by ${found.join(', ') || 'nobody'} and not by ${holders.join(', ')}`);
  screen.gap();
  screen.say(`${slug} is held by ${found.join(', ')} at ${provider.title} now, as RoleBinding ${name} declares.`);
}

/** Waits until the difference of the observed Role is known. */
export async function awaitObserved(tour: TourContext): Promise<void> {
  if (tour.provider.observed === undefined) return;
  const { namespace, name } = tour.provider.observed;
  await showKubectl(tour, ['wait', `orgrole/${name}`, '-n', namespace, '--for=condition=Drifted', kubectlTimeout]);
}

async function observedPart(tour: TourContext, roles: readonly HeldRole[]): Promise<void> {
  const { screen, provider } = tour;
  if (provider.observed === undefined) return;
  const { namespace, name, organization, slug } = provider.observed;
  screen.gap();
  screen.say(`${slug} is only observed (managementMode: Observe). What would change stands in its status:`);
  const plan = await showKubectl(tour, ['get', 'orgrole', name, '-n', namespace, '-o', 'jsonpath={.status.plan}']);
  check(plan.includes('"add"') && plan.includes('"remove"'), `the status of ${namespace}/${name} has no plan with additions and removals`);
  check(findRole(roles, { organization, slug }) !== undefined, `${slug} is gone from ${organization}`);
}

/** Changes a role as somebody else would, and shows that the operator finds and undoes it. */
export async function driftStep(tour: TourContext): Promise<void> {
  const { screen, provider, emulated } = tour;
  const { namespace, name, add, remove, ...role } = provider.tampered;
  screen.step("Change a role behind the operator's back");
  const declared = await permissionsOf(tour, role);
  screen.say(`Somebody with access to ${provider.title} makes these calls:`);
  screen.list(await emulated.session.tamper(provider.tampered));
  const tampered = await permissionsOf(tour, role);
  check(tampered.includes(add) && !tampered.includes(remove), `${role.slug} has ${tampered.join(', ')} after it was changed by hand`);
  screen.gap();
  screen.say(`${role.slug} in ${role.organization}:`);
  screen.difference(declared, tampered);
  screen.gap();
  screen.say(
    provider.observed === undefined
      ? `Nobody can see it: ${provider.title} can't be read. So what is declared is sent again at every spec.interval. An annotation makes it so now:`
      : 'The operator looks for such changes at every spec.interval of the provider. An annotation makes it look now:',
  );
  await requestLook(tour, [`orgrole/${name}`, '-n', namespace]);
  await waitForEvent(tour, { namespace, name }, repairEvent(provider));
  screen.gap();
  await showEvents(tour, namespace, `involvedObject.name=${name}`);
  screen.gap();
  screen.say(`${role.slug} in ${role.organization}:`);
  const repaired = await permissionsOf(tour, role);
  screen.difference(tampered, repaired);
  check(repaired.join() === declared.join(), `${role.slug} has ${repaired.join(', ')} and should have ${declared.join(', ')}`);
  screen.good('exactly what the manifest declares');
}

/** Makes the operator look at everything, which must not write anything. */
export async function quietStep(tour: TourContext): Promise<void> {
  const { screen, provider, operator } = tour;
  screen.step('Look at every Role again');
  const before = countCalls(await operator.metrics(), provider);
  await requestLook(tour, ['orgroles', '--all', '-A']);
  const after = countCalls(await operator.metrics(), provider);
  const [reads, writes] = [after.reads - before.reads, after.writes - before.writes];
  if (provider.observed === undefined) {
    screen.good(`${provider.title} can't be read, so all of it was sent again: ${counted(writes, 'write')}`);
    return;
  }
  check(writes === 0, `a look at Roles that are as declared made ${writes} writes`);
  screen.good(`nothing to do, nothing written: ${counted(reads, 'read')} of ${provider.title} and no write`);
}

/** Deletes one Role whose role goes and one whose role stays. */
export async function deletionStep(tour: TourContext): Promise<void> {
  const { screen, provider, emulated } = tour;
  const { deleted, retained } = provider;
  screen.step(deleted === undefined ? 'Delete a Role' : 'Delete two Roles');
  const holders = await emulated.session.listHolders(retained);
  if (deleted !== undefined) await showKubectl(tour, ['delete', 'orgrole', deleted.name, '-n', deleted.namespace, kubectlTimeout]);
  await showKubectl(tour, ['delete', 'orgrole', retained.name, '-n', retained.namespace, kubectlTimeout]);
  if (deleted !== undefined) await waitForEvent(tour, deleted, 'DeletedExternalRole');
  await waitForEvent(tour, retained, 'RetainedExternalRole');
  screen.gap();
  if (deleted !== undefined) await showEvents(tour, deleted.namespace, 'reason=DeletedExternalRole', '--no-headers');
  await showEvents(tour, retained.namespace, 'reason=RetainedExternalRole', '--no-headers');
  const roles = await emulated.session.listRoles();
  const holdersAfter = await emulated.session.listHolders(retained);
  check(findRole(roles, retained) !== undefined, `${retained.slug} is gone from ${provider.title}`);
  check(holders.length > 0 && holdersAfter.join() === holders.join(), `${retained.slug} is held by ${holdersAfter.join(', ') || 'nobody'}`);
  screen.gap();
  if (deleted !== undefined) {
    check(findRole(roles, deleted) === undefined, `${deleted.slug} is still at ${provider.title}`);
    screen.good(`${deleted.slug} is gone from ${provider.title} (deletionPolicy: Delete)`);
  }
  screen.good(`${retained.slug} is still there, held by ${holders.join(', ')} as before (deletionPolicy: Retain, the default)`);
}

/** What the operator did in all, by its own count. */
export async function summary(tours: readonly TourContext[]): Promise<void> {
  const [first] = tours;
  if (first === undefined) return;
  const samples = await first.operator.metrics();
  const rows = tours.map(({ provider }) => {
    const { name, title } = provider;
    const { reads, writes } = countCalls(samples, provider);
    const sum = (metric: string, labels: object = {}): string => String(sumOf(samples, metric, { provider: name, ...labels }));
    const actions = ['create', 'update', 'assert', 'delete'].map((action) => sum('rolekeeper_role_writes_total', { action }));
    const drift = `${sum('rolekeeper_drift_detected_total')} / ${sum('rolekeeper_drift_corrected_total')}`;
    return [title, ...actions, drift, String(reads), String(writes)];
  });
  first.screen.table(['PROVIDER', 'CREATED', 'UPDATED', 'SENT', 'DELETED', 'DRIFT FOUND/UNDONE', 'READS', 'WRITES'], rows);
}

function countCalls(samples: readonly MetricSample[], provider: DemoProvider): { readonly reads: number; readonly writes: number } {
  const calls = samples.filter(({ name, labels }) => name === 'rolekeeper_provider_requests_total' && labels.provider === provider.name);
  const reads = calls.filter(({ labels }) => provider.isRead(labels.operation ?? ''));
  const total = (some: readonly MetricSample[]): number => some.reduce((sum, { value }) => sum + value, 0);
  return { reads: total(reads), writes: total(calls) - total(reads) };
}

/** What is told of a role that somebody changed, once it is as declared again. */
function repairEvent(provider: DemoProvider): string {
  return provider.observed === undefined ? 'AssertedExternalRole' : 'DriftCorrected';
}

/** A number and its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Asks for a look and waits until the operator has taken it. */
export async function requestLook(tour: TourContext, objects: readonly string[]): Promise<void> {
  const value = new Date().toISOString();
  await tellKubectl(tour, ['annotate', ...objects, '--overwrite', `${names.reconcileRequestedAt}=${value}`]);
  await tellKubectl(tour, ['wait', ...objects, `--for=jsonpath={.status.lastHandledReconcileAt}=${value}`, kubectlTimeout]);
}

async function showEvents(tour: TourContext, namespace: string, selector: string, ...more: readonly string[]): Promise<void> {
  await showKubectl(tour, ['get', 'events', '-n', namespace, `--field-selector=${selector}`, `--output=${eventColumns}`, ...more]);
}

/** Events are written a moment after what they tell of. */
async function waitForEvent({ cluster, signal }: TourContext, { namespace, name }: ObjectName, reason: string): Promise<void> {
  const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`;
  const look = async (): Promise<boolean> =>
    (await runKubectl(cluster, ['get', 'events', '-n', namespace, selector, '-o', 'name'], signal)) !== '';
  await waitFor(`the Event ${reason} of ${namespace}/${name}`, look, { intervalMs: 250, signal });
}

export async function permissionsOf({ emulated }: TourContext, role: RolePlace): Promise<readonly string[]> {
  const found = findRole(await emulated.session.listRoles(), role);
  check(found !== undefined, `${role.organization} has no role ${role.slug}`);
  return found?.permissions ?? [];
}

/** The demo claims nothing that it hasn't looked at. */
export function check(holds: boolean, otherwise: string): void {
  if (!holds) {
    throw new Error(`not as it should be: ${otherwise}`);
  }
}
