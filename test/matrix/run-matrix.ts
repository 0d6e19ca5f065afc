import { describe, expect, it } from 'vitest';
import { type Cell, cellsOf, type Fault, faults, type Operation, type SubjectName, type WireFault } from './cells.ts';
import type { MatrixSubject } from './scene.ts';
import { MatrixWorld, oneLookMs, type SentRequest } from './world.ts';

/** One way in which a fault comes about during an operation. */
interface Bout {
  readonly name: string;
  /** Arms the fault when the operation has just begun. */
  start(world: MatrixWorld): void;
  /** How long it lasts, in milliseconds; undefined: as long as it takes to hit what it is to hit. */
  readonly lastsMs?: number;
  end(world: MatrixWorld): void;
}

/** How long a fault lasts that hits everything meanwhile, in milliseconds. */
const outageMs = 120_000;

/** Declares a test for every cell of a provider. */
export function runMatrix(name: SubjectName, subject: MatrixSubject): void {
  const sequences = new Map<string, Promise<readonly SentRequest[]>>();
  const undisturbed: Undisturbed = (operation, isCrowded) => {
    const key = `${operation} ${isCrowded}`;
    const known = sequences.get(key) ?? requestsOf(subject, operation, isCrowded);
    sequences.set(key, known);
    return known;
  };

  describe(`${name}: faults while the operator works`, () => {
    it.for(cellsOf(name).map((cell) => [`${cell.operation}: ${cell.fault}`, cell] as const))('%s', async ([, cell], context) => {
      if (cell.skip !== undefined) return context.skip(cell.skip);
      const { onTheWay, atTheEnd } = await tryCell(subject, cell, undisturbed);
      expect(onTheWay).toEqual([]);
      if (cell.mustFail === undefined) return expect(atTheEnd).toEqual([]);
      expect(atTheEnd, 'the cell passes: take it out of mustFail').not.toEqual([]);
      return context.skip(cell.mustFail);
    });
  });
}

/** What the operator sends for an operation when nothing goes wrong, in a world whose lists have several pages or one. */
type Undisturbed = (operation: Operation, isCrowded: boolean) => Promise<readonly SentRequest[]>;

async function requestsOf(subject: MatrixSubject, operation: Operation, isCrowded: boolean): Promise<readonly SentRequest[]> {
  const world = await MatrixWorld.start(subject, operation, isCrowded);
  try {
    world.begin();
    await world.operate();
    const sent = [...world.sent];
    const problems = [...world.unsettled(), ...world.violations()];
    if (problems.length > 0) throw new Error(`Without a fault: ${problems.join('; ')}`);
    return sent;
  } finally {
    await world.end();
  }
}

/** What was found wrong. */
interface Findings {
  /** What nothing excuses: somebody lost something, or a credential was shown. */
  readonly onTheWay: readonly string[];
  /** What isn't as declared once everything has had its time. */
  readonly atTheEnd: readonly string[];
}

async function tryCell(subject: MatrixSubject, { fault, operation }: Cell, undisturbed: Undisturbed): Promise<Findings> {
  const bouts = boutsOf(faults[fault], operation, await undisturbed(operation, needsPages(faults[fault])));
  if (bouts.length === 0) throw new Error('The operation has no request that the fault could hit');
  const found: Findings[] = [];
  for (const bout of bouts) {
    const { onTheWay, atTheEnd } = await tryBout(subject, operation, bout, faults[fault]);
    const named = (problem: string): string => `${bout.name}: ${problem}`;
    found.push({ onTheWay: onTheWay.map(named), atTheEnd: atTheEnd.map(named) });
  }
  return { onTheWay: found.flatMap(({ onTheWay }) => onTheWay), atTheEnd: found.flatMap(({ atTheEnd }) => atTheEnd) };
}

async function tryBout(subject: MatrixSubject, operation: Operation, bout: Bout, fault: Fault): Promise<Findings> {
  const world = await MatrixWorld.start(subject, operation, needsPages(fault));
  try {
    world.begin();
    bout.start(world);
    if (bout.lastsMs === undefined) await world.operate();
    else await world.pass(bout.lastsMs);
    bout.end(world);
    await world.settle();
    if (fault.hits !== 'clock' && world.emulators.hits === 0) throw new Error(`${bout.name}: it hit no request`);
    const unsettled = world.unsettled();
    const needless = await world.lookAgain();
    return { onTheWay: world.violations(), atTheEnd: [...unsettled, ...needless, ...(unsettled.length > 0 ? [] : world.unsettled())] };
  } finally {
    await world.end();
  }
}

/** The fault at each request that it can hit, then at several in a row, then for a while. */
function boutsOf(fault: Fault, operation: Operation, sent: readonly SentRequest[]): readonly Bout[] {
  const lastsMs = operation === 'look' ? oneLookMs : outageMs;
  if (fault.hits === 'clock') {
    const { aheadMs } = fault;
    const jump = (ms: number) => (world: MatrixWorld) => world.clock.jumpWallClock(ms);
    return [{ name: 'for a while', start: jump(aheadMs), lastsMs, end: jump(-aheadMs) }];
  }
  // Pages are counted among all lists: what page a request asks for is no part of a rule.
  const counted = sent.filter(({ kinds }) => kinds.has(fault.hits === 'pages' ? 'lists' : fault.hits));
  const places = counted.flatMap(({ kinds, name }, index) => (kinds.has(fault.hits) ? [{ name, index }] : []));
  const [first] = places;
  if (first === undefined) return [];
  const one = places.map(({ name, index }) => hitting(fault, `request ${index + 1}, ${name}`, { skip: index, times: 1 }));
  const firstWrite = counted.findIndex(({ kinds }) => kinds.has('writes'));
  const starts = [first.index, ...(firstWrite > first.index ? [firstWrite] : [])];
  const several = starts.map((skip) => hitting(fault, `three from request ${skip + 1}`, { skip, times: 3 }));
  const always = { ...hitting(fault, 'for a while', { times: 0 }), lastsMs };
  if (fault.lasts === 'once') return one;
  return fault.lasts === 'on' ? [...several, always] : [...one, ...several, always];
}

function needsPages(fault: Fault): boolean {
  return fault.hits === 'pages';
}

function hitting(fault: WireFault, name: string, counts: { readonly skip?: number; readonly times: number }): Bout {
  return {
    name,
    start: (world) => world.emulators.inject({ ...fault.rule, ...counts, ...world.operationsHitBy(fault.hits) }),
    end: (world) => world.emulators.clearFaults(),
  };
}
