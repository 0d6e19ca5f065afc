import { type BareCalls, timeBareCalls } from './bare-calls.ts';
import { wideSubjects } from './binding-load.ts';
import type { BindingSite } from './binding-site.ts';
import { countByOperation, type ProviderCall } from './call-log.ts';
import { type Figure, figure } from './figures.ts';
import { type Binding, bindAll, bindWide, changeWide, type FirstLook, firstLook, settle, type WideChange } from './measure-bindings.ts';
import type { Step } from './scenario.ts';
import { median } from './statistics.ts';

const repeats = 3;
/** How often a subject is left out of the wide RoleBinding and taken in again. */
const wideRounds = 5;

/** What several runs measured. */
export interface MeasuredBindings {
  readonly bindings: readonly Binding[];
  /** One for each of `bindings`. */
  readonly bare: readonly BareCalls[];
  readonly looks: readonly FirstLook[];
  /** Seconds until a RoleBinding of as many subjects as fit into one was Ready. */
  readonly wideSeconds: number;
  readonly changes: readonly WideChange[];
}

/** Measures RoleBindings at a site without any. An operator runs afterwards. */
export async function measureBindings(site: BindingSite, step: Step): Promise<readonly Figure[]> {
  const bindings: Binding[] = [];
  const bare: BareCalls[] = [];
  // The calls of each run are made once more right after it, so that a change of the machine's mood touches both.
  for (let run = 1; run <= repeats; run += 1) {
    if (run > 1) await site.clear();
    const bound = await step('RoleBindings', (note) => bindAll(site, note), timed);
    bindings.push(bound);
    await site.stopOperator();
    bare.push(await step('the same calls by hand', () => timeBareCalls(site, bound.calls, bound.before), timed));
  }
  await step('a look at everything', () => settle(site), finished);
  const looks: FirstLook[] = [];
  for (let run = 1; run <= repeats; run += 1) {
    await site.stopOperator();
    looks.push(await step('cold start', () => firstLook(site), timed));
  }
  const wideSeconds = await step(
    'one RoleBinding',
    () => bindWide(site),
    (seconds) => timed({ seconds }),
  );
  const changes = await step(
    `${2 * wideRounds} changes of it, one at a time`,
    (note) => changeWide(site, wideRounds, (done) => note(`${done} of ${2 * wideRounds}`)),
    (all) => timed({ seconds: median(all.map(({ seconds }) => seconds)) }),
  );
  return bindingFigures(site.subjects, { bindings, bare, looks, wideSeconds, changes });
}

function timed({ seconds }: { readonly seconds: number }): string {
  return `measured ${seconds.toFixed(2)} s`;
}

function finished(): string {
  return 'done';
}

/** The figures of RoleBindings. */
export function bindingFigures(subjects: number, measured: MeasuredBindings): readonly Figure[] {
  return [...boundFigures(subjects, measured), ...lookFigures(subjects, measured.looks), ...wideFigures(subjects, measured)];
}

function boundFigures(subjects: number, { bindings, bare }: MeasuredBindings): readonly Figure[] {
  const of = (name: string, unit: Figure['unit'] = '', aim?: number) =>
    ({ benchmark: 'bindings', size: subjects, name, unit, ...(aim === undefined ? {} : { aim }) }) as const;
  const seconds = bindings.map((run) => run.seconds);
  const byHand = bare.map((run) => run.seconds);
  const ratios = seconds.map((value, run) => value / (byHand[run] ?? Number.NaN));
  const each = (count: (run: Binding) => number | undefined): readonly (number | undefined)[] => bindings.map(count);
  return [
    ...figure(of('all Ready, from the first manifest that is sent', 's'), seconds),
    ...figure(of('the same calls to the provider by hand', 's'), byHand),
    ...figure(of('ratio of the two, run by run', '×'), ratios),
    ...callFigures(
      of('all Ready'),
      bindings.map((run) => run.calls),
    ),
    ...figure(
      of('all Ready: status writes of RoleBindings'),
      each((run) => run.writes.bindingStatuses),
    ),
    ...figure(
      of('all Ready: status writes of Roles, for the number of holders'),
      each((run) => run.writes.roleStatuses),
    ),
    ...figure(
      of('all Ready: writes to the cluster, finalizers and Events included'),
      each((run) => run.writes.all),
    ),
    ...figure(
      of('all Ready: peak memory', 'MB'),
      each((run) => run.peakMB),
    ),
    ...figure(
      of('all Ready: CPU per 1,000 subjects', 's'),
      each((run) => (run.cpuSeconds / subjects) * 1000),
    ),
  ];
}

function lookFigures(subjects: number, looks: readonly FirstLook[]): readonly Figure[] {
  const of = (name: string, unit: Figure['unit'] = '') => ({ benchmark: 'bindings', size: subjects, name, unit }) as const;
  return [
    ...figure(
      of('cold start: from the start of the process until every one was looked at', 's'),
      looks.map((run) => run.seconds),
    ),
    ...callFigures(
      of('cold start'),
      looks.map((run) => run.calls),
    ),
    ...figure(
      { ...of('cold start: writes to cluster and provider'), aim: 0 },
      looks.map((run) => run.writes),
    ),
    ...figure(
      of('cold start: peak memory', 'MB'),
      looks.map((run) => run.peakMB),
    ),
  ];
}

function wideFigures(subjects: number, { wideSeconds, changes }: MeasuredBindings): readonly Figure[] {
  const wide = `one RoleBinding of ${wideSubjects.toLocaleString('en')} subjects`;
  const of = (name: string, unit: Figure['unit'] = '') => ({ benchmark: 'bindings', size: subjects, name, unit }) as const;
  const kinds = [
    ['more', 'one subject more'],
    ['fewer', 'one subject fewer'],
  ] as const;
  const changed = kinds.flatMap(([kind, what]) => {
    const own = changes.filter((change) => change.kind === kind);
    return [
      ...figure(
        of(`${wide}: ${what}, until it is Ready`, 'ms'),
        own.map((change) => change.seconds * 1000),
      ),
      ...callFigures(
        of(`${wide}: ${what}`),
        own.map((change) => change.calls),
      ),
    ];
  });
  return [...figure(of(`${wide}: new, until it is Ready`, 's'), [wideSeconds]), ...changed];
}

/** One figure for each operation that was called in any of the runs. */
function callFigures(
  of: Pick<Figure, 'benchmark' | 'size' | 'name' | 'unit'>,
  runs: readonly (readonly ProviderCall[])[],
): readonly Figure[] {
  const counts = runs.map(countByOperation);
  const operations = [...new Set(counts.flatMap((count) => [...count.keys()]))].sort();
  return operations.flatMap((operation) =>
    figure(
      { ...of, name: `${of.name}: calls of ${operation}` },
      counts.map((count) => count.get(operation) ?? 0),
    ),
  );
}
