import { expect, test } from 'vitest';
import { type Environment, type Flag, resolveFlags, UsageError } from './cli/index.ts';
import { type Config, createConfig, operatorCommand, operatorFlags, processEnvironment } from './config.ts';

function configOf(given: Record<string, string>, env: Environment = {}, podNamespace?: string): Config {
  const texts = new Map(Object.entries(given).map(([name, text]) => [name, [text]]));
  return createConfig(resolveFlags(operatorFlags, texts, env), () => podNamespace);
}

test('the defaults fit together and are what a cluster expects', () => {
  expect(configOf({})).toEqual({
    kubeconfig: undefined,
    context: undefined,
    namespace: 'rolekeeper-system',
    watchNamespaces: [],
    pause: false,
    clusterID: undefined,
    leaderElection: { enabled: true, leaseName: 'rolekeeper', leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000 },
    watchSilenceMs: 90_000,
    metricsAddress: { port: 8080 },
    healthAddress: { port: 8081 },
    logLevel: 'info',
    logFormat: 'auto',
    workers: 10,
    shutdownTimeoutMs: 25_000,
  });
});

test.each([
  { reason: 'the flag wins', given: { namespace: 'a' }, env: { ROLEKEEPER_NAMESPACE: 'b' }, pod: 'c', want: 'a' },
  { reason: 'then the variable', given: {}, env: { ROLEKEEPER_NAMESPACE: 'b' }, pod: 'c', want: 'b' },
  { reason: 'then the namespace of the pod', given: {}, env: {}, pod: 'c', want: 'c' },
])('namespace: $reason', ({ given, env, pod, want }) => {
  expect(configOf(given, env, pod).namespace).toBe(want);
});

test.each([
  {
    reason: 'a leader must stop before its Lease has run out',
    given: { 'renew-deadline': '15s' },
    says: /--renew-deadline.*15s against 15s/,
  },
  { reason: 'one failed try must not end leadership', given: { 'retry-period': '6s' }, says: /--retry-period.*6s against 10s/ },
])('refuses values that do not fit together: $reason', ({ given, says }) => {
  expect(() => configOf(given)).toThrow(says);
  expect(() => configOf(given)).toThrow(UsageError);
});

test('nothing of a configuration can be changed', () => {
  const config = configOf({ 'watch-namespaces': 'b,a' });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.leaderElection)).toBe(true);
  expect(Object.isFrozen(config.watchNamespaces)).toBe(true);
});

test.each(Object.entries<Flag>(operatorFlags))(
  '%s is declared so that help and docs can be made of it',
  (_, { name, help, type, fallback }) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(help).toMatch(/^[A-Z/].*[^.]$/);
    if (fallback !== undefined) {
      expect(type.parse(type.format(fallback))).toEqual(fallback);
    }
  },
);

test('the operator command hands the configuration to its action', async () => {
  const seen: Config[] = [];
  const command = operatorCommand(async (config) => {
    seen.push(config);
    return 3;
  });
  const silent = { write: () => undefined };
  const context = { stdout: silent, stderr: silent, signal: new AbortController().signal };
  expect(await command.start(new Map([['workers', ['2']]]), { ROLEKEEPER_LOG_LEVEL: 'debug' }, context, '')).toBe(3);
  expect(seen).toEqual([expect.objectContaining({ workers: 2, logLevel: 'debug' })]);
});

test('the environment is that of the process', () => {
  expect(processEnvironment()).toBe(process.env);
});
