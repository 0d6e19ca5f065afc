import { kubectlTimeout, showChanges, showKubectl } from './parts.ts';
import { awaitBound, awaitObserved, boundPart, check, permissionsOf, requestLook, type TourContext } from './tour.ts';

/** Shows several providers in one cluster: all Roles Ready, then one role of each changed by hand and put right. */
export async function overview(tours: readonly TourContext[]): Promise<void> {
  await readyTogether(tours);
  await repairTogether(tours);
}

async function readyTogether(tours: readonly TourContext[]): Promise<void> {
  const [first] = tours;
  if (first === undefined) return;
  const { screen } = first;
  screen.step('Wait until the providers hold what the manifests declare');
  for (const tour of tours) {
    for (const namespace of tour.provider.readyNamespaces) {
      await showKubectl(tour, ['wait', 'orgroles', '--all', '-n', namespace, '--for=condition=Ready', kubectlTimeout]);
    }
    await awaitObserved(tour);
    await awaitBound(tour);
  }
  screen.gap();
  await showKubectl(first, ['get', 'roleproviders,clusterroleproviders', '-A']);
  screen.gap();
  await showKubectl(first, ['get', 'orgroles', '-A']);
  screen.gap();
  await showKubectl(first, ['get', 'orgrolebindings', '-A']);
  for (const tour of tours) {
    const { provider, emulated } = tour;
    screen.gap();
    screen.say(`The roles at ${provider.title} now:`);
    screen.gap();
    showChanges(screen, emulated.before, await emulated.session.listRoles());
    await boundPart(tour);
  }
}

async function repairTogether(tours: readonly TourContext[]): Promise<void> {
  const [first] = tours;
  if (first === undefined) return;
  const { screen } = first;
  screen.step("Change a role of each behind the operator's back, and have it look");
  for (const tour of tours) {
    const { provider, emulated } = tour;
    const { namespace, name, add, remove, ...role } = provider.tampered;
    const declared = await permissionsOf(tour, role);
    await emulated.session.tamper(provider.tampered);
    const tampered = await permissionsOf(tour, role);
    check(tampered.includes(add) && !tampered.includes(remove), `${role.slug} has ${tampered.join(', ')} after it was changed by hand`);
    screen.gap();
    screen.say(`${role.slug} at ${provider.title}:`);
    screen.difference(declared, tampered);
    await requestLook(tour, [`orgrole/${name}`, '-n', namespace]);
    const repaired = await permissionsOf(tour, role);
    check(repaired.join() === declared.join(), `${role.slug} has ${repaired.join(', ')} and should have ${declared.join(', ')}`);
    screen.good('exactly what the manifest declares again');
  }
}
