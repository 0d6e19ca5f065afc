import type { FaultRule } from '../../src/emulators/index.ts';
import { inRepository } from '../../tools/lib/index.ts';
import type { MemoryBound } from './memory.ts';

/** What people do to manifests meanwhile, by name. */
export const edits = {
  createRole: 'create a Role: in mode `Enforce`, `Additive` or `Observe`, to be retained or deleted, over nothing or over what is there',
  changePermissions: 'change its permissions',
  changeMode: 'change its mode',
  changeDeletionPolicy: 'change its `deletionPolicy`',
  suspendRole: 'suspend it, and let it go on again',
  allowAdoption: 'allow a refused takeover',
  deleteRole: 'delete it',
  createBinding: 'create a RoleBinding, `Additive` or `Authoritative`, for users by id or by address, some until a moment soon',
  changeSubjects: 'change its subjects',
  suspendBinding: 'suspend it, and let it go on again',
  deleteBinding: 'delete it',
  approve: 'approve whatever plans wait',
} as const;

/** See edits. */
export type Edit = keyof typeof edits;

/** What somebody does at the provider by hand meanwhile, by name. */
export const handiwork = {
  changeRole: 'change a role’s permissions',
  deleteRole: 'delete a role',
  makeRole: 'make a role of a slug that a Role will claim',
  giveRole: 'give a role to somebody',
  takeRole: 'take a role from somebody',
} as const;

/** See handiwork. */
export type Handiwork = keyof typeof handiwork;

/** A fault and what it is called. */
export interface NamedFault {
  readonly name: string;
  readonly rule: Omit<FaultRule, 'times' | 'skip' | 'operationId'>;
}

const status = (code: number, headers?: Readonly<Record<string, string>>): NamedFault => ({
  name: `status ${code}`,
  rule: { kind: 'status', status: code, ...(headers === undefined ? {} : { headers }) },
});

/** What goes wrong with requests to providers meanwhile. */
export const faults: readonly NamedFault[] = [
  status(401),
  status(403),
  status(429, { 'retry-after': '1' }),
  status(500),
  // Karmo's own 503 is left alone for five minutes where it doesn't say for how long.
  status(503, { 'retry-after': '1' }),
  { name: 'timeout before it acted', rule: { kind: 'hang' } },
  { name: 'timeout after it acted', rule: { kind: 'hang', carryOut: true } },
  { name: 'reset before it acted', rule: { kind: 'cut' } },
  { name: 'reset after it acted', rule: { kind: 'cut', carryOut: true } },
  { name: 'reset in the middle of the answer', rule: { kind: 'truncateBody' } },
  { name: 'truncated JSON', rule: { kind: 'garbage', carryOut: true } },
];

/**
 * Lists that lie meanwhile: one at a time, since what follows from one that does so twice in a row can't be known. One that lacks only some
 * is left to the matrix: it can hide nobody but somebody who holds a role by hand, and then looks like a true one.
 */
export const lies: readonly NamedFault[] = [{ name: 'empty list', rule: { kind: 'emptyList' } }];

/** So many lists tell the truth after one that lied: more than any look at an organization reads, and reads again. */
export const truthsBetweenLies = 24;

/** What happens to operators meanwhile, by name. */
export const blows = {
  kill: '`kill -9` right after a request, most often one that creates or grants, or at any time',
  terminate: 'SIGTERM',
  freeze: 'SIGSTOP, and SIGCONT some seconds later, for one of two replicas when the other one leads',
} as const;

/** See blows. */
export type Blow = keyof typeof blows;

/** How much of everything. */
export interface Extent {
  /** Lives of one operator that end by a blow, or until this many milliseconds have passed. */
  readonly lives: number;
  readonly livesMs?: number;
  /** Steps in each life. */
  readonly stepsPerLife: number;
  /** Every how manieth life is one of two replicas. */
  readonly pairEvery: number;
  /** Steps of the operator that lives to the end, or until this many milliseconds have passed. */
  readonly lastSteps: number;
  readonly lastMs?: number;
  /** How flat its memory has to be. */
  readonly memory: MemoryBound;
}

/** The run that is one of the tests. */
export const shortRun: Extent = {
  lives: 6,
  stepsPerLife: 4,
  pairEvery: 3,
  lastSteps: 30,
  // Half a minute is hardly more than a warm-up.
  memory: { factor: 1.25, addedMiB: 48 },
};

/** Minutes of a soak unless said otherwise. */
export const soakMinutes = 30;

/** Where the figures of the last soak are put. */
export const soakFile = inRepository('dist', 'soak.json');

/** The run of `make soak`: a third of the time operators die, then one lives to the end. */
export function soakRun(minutes: number): Extent {
  const ms = minutes * 60_000;
  return {
    lives: Number.POSITIVE_INFINITY,
    livesMs: ms / 3,
    stepsPerLife: 8,
    pairEvery: 4,
    lastSteps: Number.POSITIVE_INFINITY,
    lastMs: (ms * 2) / 3,
    memory: { factor: 1.05, addedMiB: 12 },
  };
}

/** The random numbers of a run begin here unless `ROLEKEEPER_SEED` says otherwise. */
export const usualSeed = 20_261_124;
