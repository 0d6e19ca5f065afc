import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ApiClient, pinnedVersions, serviceAccountKubeconfig } from '../controlplane/index.ts';
import { formatSeconds, inRepository } from '../lib/index.ts';
import { type EmulatorProcess, type OperatorProcess, ProcessStartError, startEmulatorProcess, startOperator } from '../stack/index.ts';
import type { DemoProvider, HeldRole, ProviderSession, RolePlace } from './demo-provider.ts';
import { type DemoCluster, runKubectl } from './kubectl.ts';
import type { Screen } from './screen.ts';

/** What every step works with. */
export interface DemoContext {
  readonly screen: Screen;
  readonly cluster: DemoCluster;
  readonly signal: AbortSignal;
}

/** An emulator that runs, and the examples that point at it. */
export interface EmulatedProvider {
  readonly provider: DemoProvider;
  readonly process: EmulatorProcess;
  readonly session: ProviderSession;
  /** What it held in the beginning. */
  readonly before: readonly HeldRole[];
  /** Folder of the manifests, as kubectl is given it. */
  readonly manifests: string;
}

const operatorAccount = { namespace: 'rolekeeper-system', name: 'rolekeeper' } as const;
/** What kubectl is given to wait with; a guard against hanging only. */
export const kubectlTimeout = '--timeout=120s';

/** Runs kubectl and shows the command and what it printed. */
export async function showKubectl({ screen, cluster, signal }: DemoContext, args: readonly string[]): Promise<string> {
  screen.command(['kubectl', ...args]);
  const printed = await runKubectl(cluster, args, signal);
  screen.printed(printed);
  return printed;
}

/** Runs kubectl and shows the command only, where what it prints would say nothing more. */
export async function tellKubectl({ screen, cluster, signal }: DemoContext, args: readonly string[]): Promise<void> {
  screen.command(['kubectl', ...args]);
  await runKubectl(cluster, args, signal);
}

/** Starts the control plane. */
export async function clusterStep(screen: Screen, start: () => Promise<DemoCluster>): Promise<DemoCluster> {
  screen.step('Start a Kubernetes API server');
  const { kubernetes, etcd } = await pinnedVersions();
  const startedAt = performance.now();
  const cluster = await start();
  const versions = process.env.KUBEBUILDER_ASSETS ? 'those of KUBEBUILDER_ASSETS' : `kube-apiserver ${kubernetes} and etcd ${etcd}`;
  screen.good(`${cluster.server}, ${versions}, ready after ${since(startedAt)}`);
  return cluster;
}

/** Installs what the operator needs in the cluster. */
export async function installStep(context: DemoContext): Promise<void> {
  context.screen.step('Install the custom resources and the rights of the operator');
  await showKubectl(context, ['apply', '--server-side', '-f', 'crds']);
  await tellKubectl(context, ['wait', '--for=condition=Established', '-f', 'crds', kubectlTimeout]);
  await showKubectl(context, ['apply', '-f', 'charts/rolekeeper/install/rbac.yaml']);
}

/** Starts the emulators and shows what they hold. `onStarted` gets each at once, so that it is ended even if the rest fails. */
export async function emulatorStep(
  context: DemoContext,
  providers: readonly DemoProvider[],
  onStarted: (emulator: EmulatorProcess) => void,
): Promise<readonly EmulatedProvider[]> {
  const { screen } = context;
  screen.step(`Start an emulated ${providers.map(({ title }) => title).join(', ')}`);
  const emulated: EmulatedProvider[] = [];
  for (const provider of providers) {
    screen.gap();
    emulated.push(await emulate(context, provider, onStarted));
  }
  return emulated;
}

async function emulate(
  { screen, cluster }: DemoContext,
  provider: DemoProvider,
  onStarted: (emulator: EmulatorProcess) => void,
): Promise<EmulatedProvider> {
  const seedFile = seedFileOf(provider);
  const process = await startEmulator(provider, cluster.directory, inRepository(seedFile));
  onStarted(process);
  const session = provider.connect(process.url);
  const before = await session.listRoles();
  screen.say(`${process.url} speaks the API of ${provider.title}, from memory. In the beginning (${seedFile}) there are these roles:`);
  screen.gap();
  showRoles(screen, before);
  const folder = `examples/${provider.name}`;
  const isWherePointed = process.url === exampleURL(provider);
  if (!isWherePointed) {
    screen.gap();
    screen.say(`Another program has port ${provider.port}, which ${folder} points at: a copy of it with this address will be applied.`);
  }
  const manifests = isWherePointed ? folder : await copyManifests(provider, process.url, join(cluster.directory, folder));
  return { provider, process, session, before, manifests };
}

/** Starts the operator with the rights that users give it, and no more. `onStarted` is as above. */
export async function operatorStep(
  context: DemoContext,
  tokenSeconds: number,
  onStarted: (operator: OperatorProcess) => void,
): Promise<OperatorProcess> {
  const { screen, cluster, signal } = context;
  screen.step(`Start the operator as ServiceAccount ${operatorAccount.namespace}/${operatorAccount.name}`);
  const startedAt = performance.now();
  const admin = await ApiClient.fromKubeconfig(cluster.kubeconfig);
  const { directory } = cluster;
  const { kubeconfig } = await serviceAccountKubeconfig({ admin, ...operatorAccount, directory, expirationSeconds: tokenSeconds });
  admin.close();
  const operator = await startOperator({ kubeconfig, directory });
  onStarted(operator);
  await operator.leading(signal);
  screen.good(`it is ready and leads after ${since(startedAt)}; its metrics: ${operator.metricsURL}`);
  return operator;
}

/** Applies the examples. */
export async function applyStep(context: DemoContext, emulated: readonly EmulatedProvider[]): Promise<void> {
  context.screen.step('Apply the examples');
  for (const { manifests } of emulated) await showKubectl(context, ['apply', '-f', manifests]);
}

/** Roles as a table; those that are never changed are left out. */
export function showRoles(screen: Screen, roles: readonly HeldRole[]): void {
  const rows = changeable(roles).map(({ organization, slug, permissions }) => [organization, slug, permissions.join(', ')]);
  screen.table(['ORGANIZATION', 'ROLE', 'PERMISSIONS'], rows);
}

/** The same with what became of each role since `before`. */
export function showChanges(screen: Screen, before: readonly HeldRole[], roles: readonly HeldRole[]): void {
  const rows = changeable(roles).map((role) => [role.organization, role.slug, changeOf(before, role), role.permissions.join(', ')]);
  screen.table(['ORGANIZATION', 'ROLE', 'CHANGE', 'PERMISSIONS'], rows);
}

/** The role at this place. */
export function findRole(roles: readonly HeldRole[], { organization, slug }: RolePlace): HeldRole | undefined {
  return roles.find((role) => role.organization === organization && role.slug === slug);
}

function changeable(roles: readonly HeldRole[]): readonly HeldRole[] {
  const byPlace = (a: HeldRole, b: HeldRole): number => a.organization.localeCompare(b.organization) || a.slug.localeCompare(b.slug);
  return roles.filter(({ system }) => !system).sort(byPlace);
}

function changeOf(roles: readonly HeldRole[], { permissions, ...place }: HeldRole): string {
  const before = findRole(roles, place)?.permissions;
  if (before === undefined) {
    return 'created';
  }
  const added = permissions.filter((permission) => !before.includes(permission)).length;
  const removed = before.filter((permission) => !permissions.includes(permission)).length;
  const changes = [...(added === 0 ? [] : [`+${added}`]), ...(removed === 0 ? [] : [`-${removed}`])];
  return changes.length === 0 ? 'none' : changes.join(' ');
}

/** The time since a moment of `performance.now()`, for people. */
export function since(startedAt: number): string {
  const seconds = (performance.now() - startedAt) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatSeconds(seconds);
}

function seedFileOf(provider: DemoProvider): string {
  return `examples/emulators/${provider.name}.yaml`;
}

function exampleURL(provider: DemoProvider): string {
  return `http://127.0.0.1:${provider.port}`;
}

/** On the port that the examples point at, or where another program has that one, on a free one. */
async function startEmulator(provider: DemoProvider, directory: string, seedFile: string): Promise<EmulatorProcess> {
  // In a file of the directory, so that the command line of the process says which demo it belongs to.
  const copy = join(directory, basename(seedFile));
  await copyFile(seedFile, copy);
  const options = { directory, seedFile: copy };
  try {
    return await startEmulatorProcess(provider.name, { ...options, port: provider.port });
  } catch (error) {
    if (error instanceof ProcessStartError && error.portTaken) {
      return startEmulatorProcess(provider.name, options);
    }
    throw error;
  }
}

async function copyManifests(provider: DemoProvider, url: string, target: string): Promise<string> {
  const source = inRepository('examples', provider.name);
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8');
    await writeFile(join(target, name), text.replaceAll(exampleURL(provider), url));
  }
  return target;
}
