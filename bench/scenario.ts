import { timeBarePatches } from './bare-patches.ts';
import { type Benchmark, type Figure, figure } from './figures.ts';
import { changeLatencies, coldStart, converge, type Effort, type LookRound, lookAtAll, settled } from './measure.ts';
import type { RoleSite } from './role-site.ts';
import { median, quantile } from './statistics.ts';

/** Runs a step under a title; `verdict` words what is shown of its result. */
export type Step = <T>(title: string, work: (note: (text: string) => void) => Promise<T>, verdict: (result: T) => string) => Promise<T>;

/** What is measured. */
export interface Scenario {
  readonly wanted: ReadonlySet<Benchmark>;
  /** Changes that the latency is measured with. */
  readonly samples: number;
  readonly step: Step;
}

/** Converging anew is cheap up to this many Roles, and so done several times. */
const cheapRoles = 1000;
const repeats = 3;

interface Measured {
  readonly bare: readonly number[];
  readonly convergences: readonly Effort[];
  readonly latencies: readonly number[];
  readonly starts: readonly Effort[];
  readonly rounds: readonly LookRound[];
}

/** Measures with one number of Roles, at a site without any. No operator runs afterwards. */
export async function measureSite(site: RoleSite, scenario: Scenario): Promise<readonly Figure[]> {
  const { wanted, samples, step } = scenario;
  const compared = wanted.has('ready');
  const bare: number[] = [];
  const convergences: Effort[] = [];
  const timeBare = async (): Promise<void> => {
    if (compared) bare.push(await step('bare status patches', () => timeBarePatches(site), seconds));
  };
  // Both take turns, with bare patches first and last, so that a change of the machine's mood touches both.
  for (let run = 1; run <= (compared && site.roles <= cheapRoles ? repeats : 1); run += 1) {
    if (run > 1) await clear(site);
    await timeBare();
    convergences.push(await step('converging', (note) => converge(site, note), effort));
  }
  const latencies = wanted.has('latency')
    ? await step(
        `${samples} changes, one at a time`,
        (note) => changeLatencies(site, samples, (done) => note(`${done} of ${samples}`)),
        (all) => `measured ${median(all).toFixed(1)} ms`,
      )
    : [];
  const { starts, rounds } = await coldStarts(site, scenario);
  await site.stopOperator();
  if (compared) {
    await clear(site);
    await timeBare();
  }
  return figuresOf(site.roles, { bare, convergences, latencies, starts, rounds }).filter(({ benchmark }) => wanted.has(benchmark));
}

/** Starts the operator several times on what has converged, and lets the last one look at everything several times more. */
async function coldStarts(site: RoleSite, { wanted, step }: Scenario): Promise<Pick<Measured, 'starts' | 'rounds'>> {
  const starts: Effort[] = [];
  const rounds: LookRound[] = [];
  if (!(wanted.has('cold-start') || wanted.has('memory') || wanted.has('cpu'))) return { starts, rounds };
  if (wanted.has('latency')) await step('reading back the last changes', () => settled(site), finished);
  for (let run = 1; run <= repeats; run += 1) {
    await site.stopOperator();
    starts.push(await step('cold start', () => coldStart(site), effort));
  }
  for (let run = 1; wanted.has('cpu') && run <= repeats; run += 1) {
    rounds.push(await step('looking at every Role', () => lookAtAll(site), cpuTime));
  }
  return { starts, rounds };
}

function cpuTime({ cpuSeconds }: LookRound): string {
  return `${seconds(cpuSeconds)} of CPU`;
}

function finished(): string {
  return 'done';
}

async function clear(site: RoleSite): Promise<void> {
  await site.stopOperator();
  await site.deleteRoles();
}

function seconds(value: number): string {
  return `measured ${value.toFixed(2)} s`;
}

function effort({ seconds: took, peakMB }: Effort): string {
  return `${seconds(took)}${peakMB === undefined ? '' : ` and ${Math.round(peakMB)} MB`}`;
}

function figuresOf(size: number, { bare, convergences, latencies, starts, rounds }: Measured): readonly Figure[] {
  const converged = convergences.map((run) => run.seconds);
  const perRole = (count: (run: Effort) => number): readonly number[] => convergences.map((run) => count(run) / size);
  const perThousand = ({ cpuSeconds, reconciles }: LookRound): number => (cpuSeconds / reconciles) * 1000;
  const inAll = bare.length === 0 ? [] : [median(converged) / median(bare)];
  const worst = bare.length === 0 ? [] : [Math.max(...converged) / Math.min(...bare)];
  const percentile = (q: number): readonly number[] => (latencies.length === 0 ? [] : [quantile(latencies, q)]);
  const ready = { benchmark: 'ready', size, unit: '' } as const;
  const latency = { benchmark: 'latency', size, unit: 'ms' } as const;
  const memory = { benchmark: 'memory', size, unit: 'MB', ...(size >= 5000 ? { aim: 200 } : {}) } as const;
  const cpu = { benchmark: 'cpu', size, unit: 's' } as const;
  const cold = { benchmark: 'cold-start', size } as const;
  return [
    ...figure({ ...ready, name: 'all Ready, from the start of the process', unit: 's' }, converged),
    ...figure({ ...ready, name: 'the bare status patches', unit: 's' }, bare),
    ...figure({ ...ready, name: 'ratio of the two medians', unit: '×', aim: 2 }, inAll),
    ...figure({ ...ready, name: 'ratio at worst: slowest converging, fastest bare run', unit: '×', aim: 2 }, worst),
    ...figure(
      { ...ready, name: 'status writes per Role' },
      perRole((run) => run.statusWrites),
    ),
    ...figure(
      { ...ready, name: 'writes to the cluster per Role, Events included' },
      perRole((run) => run.clusterWrites),
    ),
    ...figure(
      { ...ready, name: 'writes to the provider per Role' },
      perRole((run) => run.providerWrites),
    ),
    ...figure({ ...latency, name: 'from a changed manifest to the PUT at the provider, p50' }, percentile(0.5)),
    ...figure({ ...latency, name: 'from a changed manifest to the PUT at the provider, p99' }, percentile(0.99)),
    ...figure(
      { ...cold, name: 'from the start of the process until every Role was looked at', unit: 's' },
      starts.map((run) => run.seconds),
    ),
    ...figure(
      { ...cold, name: 'writes to cluster and provider', unit: '', aim: 0 },
      starts.map((run) => run.clusterWrites + run.providerWrites),
    ),
    ...figure(
      { ...memory, name: 'peak while converging' },
      convergences.map((run) => run.peakMB),
    ),
    ...figure(
      { ...memory, name: 'peak of a cold start' },
      starts.map((run) => run.peakMB),
    ),
    ...figure({ ...cpu, name: 'per 1,000 reconciles while converging, start of the process included' }, convergences.map(perThousand)),
    ...figure(
      { ...cpu, name: 'per 1,000 Roles from nothing to Ready' },
      convergences.map((run) => (run.cpuSeconds / size) * 1000),
    ),
    ...figure({ ...cpu, name: 'per 1,000 reconciles of looking' }, rounds.map(perThousand)),
  ];
}
