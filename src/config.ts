import { readFileSync } from 'node:fs';
import {
  booleanFlag,
  type Command,
  choiceFlag,
  clusterIDFlag,
  countFlag,
  defineCommand,
  durationFlag,
  type Environment,
  type FlagValues,
  flag,
  listenFlag,
  namespaceFlag,
  namespacesFlag,
  objectNameFlag,
  optionalFlag,
  pathFlag,
  textFlag,
  UsageError,
} from './cli/index.ts';
import { formatDuration } from './lib/index.ts';
import { type ListenAddress, type LogFormat, type LogLevel, logFormats, logLevels } from './telemetry/index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Every flag of `rolekeeper operator`. Help and `docs/reference/flags.md` are made of this list. */
export const operatorFlags = {
  kubeconfig: optionalFlag({
    name: 'kubeconfig',
    type: pathFlag,
    help: 'Kubeconfig file that says how to reach the API server',
    fallbackText: '$KUBECONFIG, else the service account of the pod, else ~/.kube/config',
  }),
  context: optionalFlag({
    name: 'context',
    type: textFlag,
    help: 'Context of the kubeconfig',
    fallbackText: 'its current context',
  }),
  namespace: optionalFlag({
    name: 'namespace',
    type: namespaceFlag,
    help: 'Namespace of the operator itself, where its Lease is kept',
    fallbackText: 'the namespace of the pod, else rolekeeper-system',
  }),
  watchNamespaces: flag<readonly string[]>({
    name: 'watch-namespaces',
    type: namespacesFlag,
    help: 'Namespaces whose objects are looked after; when empty, all of them',
    fallback: [],
  }),
  pause: flag({
    name: 'pause',
    type: booleanFlag,
    help: 'Read and write nothing at any provider, and say so in the conditions of all objects',
    fallback: false,
  }),
  clusterID: optionalFlag({
    name: 'cluster-id',
    type: clusterIDFlag,
    help: 'Id of the cluster in the ownership marks that are kept at providers; give a new cluster the old id to let it take the place of another',
    fallbackText: 'the uid of namespace kube-system',
  }),
  leaderElect: flag({
    name: 'leader-elect',
    type: booleanFlag,
    help: 'Write only while holding the Lease; turn it off only where one replica can run at a time',
    fallback: true,
  }),
  leaseName: flag({
    name: 'lease-name',
    type: objectNameFlag,
    help: 'Name of the Lease; the replicas of one installation share it',
    fallback: 'rolekeeper',
  }),
  leaseDuration: flag({
    name: 'lease-duration',
    type: durationFlag({ minMs: 2 * second, maxMs: hour }),
    help: 'How long others leave the Lease alone after its last renewal; the longest gap after a crash',
    fallback: 15 * second,
  }),
  renewDeadline: flag({
    name: 'renew-deadline',
    type: durationFlag({ minMs: second, maxMs: hour }),
    help: 'How long after its last renewal the leader may still write; below --lease-duration',
    fallback: 10 * second,
  }),
  retryPeriod: flag({
    name: 'retry-period',
    type: durationFlag({ minMs: second, maxMs: hour }),
    help: 'Time between two tries to get or renew the Lease; at most half of --renew-deadline',
    fallback: 2 * second,
  }),
  watchSilence: flag({
    name: 'watch-silence',
    type: durationFlag({ minMs: second, maxMs: hour }),
    help: 'How long a watch of the API server may bring nothing before its connection counts as dead and another is made; API servers say that they are alive about once a minute, so below that quiet kinds are listed again and again',
    fallback: 90 * second,
  }),
  metricsAddress: flag({
    name: 'metrics-address',
    type: listenFlag,
    help: 'Where /metrics is served',
    fallback: { address: { port: 8080 } },
  }),
  healthAddress: flag({
    name: 'health-address',
    type: listenFlag,
    help: 'Where /healthz and /readyz are served; may be the same as --metrics-address',
    fallback: { address: { port: 8081 } },
  }),
  logLevel: flag({
    name: 'log-level',
    type: choiceFlag(logLevels),
    help: 'Least important lines that are logged',
    fallback: 'info' as LogLevel,
  }),
  logFormat: flag({
    name: 'log-format',
    type: choiceFlag(logFormats),
    help: 'Form of log lines; auto is pretty on a terminal and json elsewhere',
    fallback: 'auto' as LogFormat,
  }),
  workers: flag({
    name: 'workers',
    type: countFlag({ min: 1, max: 1000 }),
    help: 'Organizations that are worked on at the same time',
    fallback: 10,
  }),
  shutdownTimeout: flag({
    name: 'shutdown-timeout',
    type: durationFlag({ minMs: 0, maxMs: hour }),
    help: 'How long work under way may take to end after SIGTERM; below the grace period of the pod',
    fallback: 25 * second,
  }),
};

/** How the operator is to run. Deeply frozen; durations in milliseconds. */
export interface Config {
  /** Undefined: the API server is found in the usual places. */
  readonly kubeconfig: string | undefined;
  /** Undefined: the current context. */
  readonly context: string | undefined;
  /** Where the operator's own objects are. */
  readonly namespace: string;
  /** Sorted, unique; empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Nothing is read or written at any provider. */
  readonly pause: boolean;
  /** Undefined: the uid of namespace kube-system. */
  readonly clusterID: string | undefined;
  readonly leaderElection: {
    readonly enabled: boolean;
    readonly leaseName: string;
    readonly leaseDurationMs: number;
    /** Below `leaseDurationMs`. */
    readonly renewDeadlineMs: number;
    /** At most half of `renewDeadlineMs`. */
    readonly retryPeriodMs: number;
  };
  /** A watch that is silent for longer has a dead connection. */
  readonly watchSilenceMs: number;
  /** Undefined: not served. */
  readonly metricsAddress: ListenAddress | undefined;
  /** Undefined: not served. */
  readonly healthAddress: ListenAddress | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** At least 1. */
  readonly workers: number;
  readonly shutdownTimeoutMs: number;
}

/** Kubernetes puts it into every pod that has a service account. */
const podNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const defaultNamespace = 'rolekeeper-system';

/** The environment of this process: the only place where it is read. */
export function processEnvironment(): Environment {
  return process.env;
}

/** `rolekeeper operator`, which does `run` with a valid configuration and exits with what it resolves with. */
export function operatorCommand(run: (config: Config) => Promise<number>): Command {
  return defineCommand({
    name: 'operator',
    summary: 'Run the operator against a Kubernetes cluster',
    details:
      'Every flag can also be given as the environment variable in brackets; the flag wins. Durations are written as 30s, 10m or 1h30m.',
    flags: operatorFlags,
    run: (values) => run(createConfig(values)),
  });
}

/**
 * The configuration of checked flags. Throws UsageError when values that are right by themselves don't fit together.
 * @param readNamespaceFile gives the namespace of the pod; undefined outside of one
 */
export function createConfig(
  values: FlagValues<typeof operatorFlags>,
  readNamespaceFile: () => string | undefined = readPodNamespace,
): Config {
  refuseUnfitting(values);
  return deepFreeze({
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace ?? readNamespaceFile() ?? defaultNamespace,
    watchNamespaces: values.watchNamespaces,
    pause: values.pause,
    clusterID: values.clusterID,
    leaderElection: {
      enabled: values.leaderElect,
      leaseName: values.leaseName,
      leaseDurationMs: values.leaseDuration,
      renewDeadlineMs: values.renewDeadline,
      retryPeriodMs: values.retryPeriod,
    },
    watchSilenceMs: values.watchSilence,
    metricsAddress: values.metricsAddress.address,
    healthAddress: values.healthAddress.address,
    logLevel: values.logLevel,
    logFormat: values.logFormat,
    workers: values.workers,
    shutdownTimeoutMs: values.shutdownTimeout,
  });
}

/** Another replica may take the Lease when it has run out: the leader must have stopped before, and have had more than one try. */
function refuseUnfitting({ leaseDuration, renewDeadline, retryPeriod }: FlagValues<typeof operatorFlags>): void {
  const problems: string[] = [];
  if (renewDeadline >= leaseDuration) {
    const values = `${formatDuration(renewDeadline)} against ${formatDuration(leaseDuration)}`;
    problems.push(`--renew-deadline must be below --lease-duration, or two replicas could write at once (${values})`);
  }
  if (retryPeriod * 2 > renewDeadline) {
    const values = `${formatDuration(retryPeriod)} against ${formatDuration(renewDeadline)}`;
    problems.push(`--retry-period must be at most half of --renew-deadline, or one failed try would end leadership (${values})`);
  }
  if (problems.length > 0) {
    throw new UsageError(problems);
  }
}

function readPodNamespace(): string | undefined {
  try {
    return readFileSync(podNamespaceFile, 'utf8').trim() || undefined;
  } catch {
    // Outside of a pod there is no such file, and one that can't be read says no more.
    return undefined;
  }
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
