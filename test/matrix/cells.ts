import type { FaultRule } from '../../src/emulators/index.ts';

/** What the operator is asked to do while a provider fails. */
export const operations = {
  look: 'look for drift where there is none',
  create: 'create a role',
  replace: 'replace a role’s permissions',
  delete: 'delete a role',
  bind: 'give a role to three users',
  revoke: 'take it from two of them',
} as const;

/** See operations. */
export type Operation = keyof typeof operations;

/** What requests a fault can hit: any of them, only those that write, only those that read a list, or only its later pages. */
export type Hits = 'requests' | 'writes' | 'lists' | 'pages';

/** A fault of the wire or of the server. */
export interface WireFault {
  readonly hits: Hits;
  readonly rule: Omit<FaultRule, 'operationId' | 'skip' | 'times'>;
  /** One request only, or several in a row only. Default: both, one after the other. */
  readonly lasts?: 'once' | 'on';
}

/** The clocks of operator and provider part for a while. */
export interface ClockFault {
  readonly hits: 'clock';
  /** How far the operator's clock is ahead, in milliseconds. */
  readonly aheadMs: number;
}

/** See faults. */
export type Fault = WireFault | ClockFault;

const status = (code: number, headers?: Readonly<Record<string, string>>): WireFault => ({
  hits: 'requests',
  rule: { kind: 'status', status: code, ...(headers === undefined ? {} : { headers }) },
});

/** Default of `spec.timeout`, in milliseconds. */
const timeoutMs = 30_000;
const hourMs = 3_600_000;

/** What goes wrong. Every status comes with an error in the form of the contract whose words repeat the credentials. */
export const faults = {
  'status 401': status(401),
  'status 403': status(403),
  'status 404': status(404),
  'status 409': status(409),
  'status 422': status(422),
  'status 429 with Retry-After': status(429, { 'retry-after': '7' }),
  'status 429 without Retry-After': status(429),
  'status 500': status(500),
  'status 503': status(503),
  'timeout before it acted': { hits: 'requests', rule: { kind: 'hang' } },
  'timeout after it acted': { hits: 'writes', rule: { kind: 'hang', carryOut: true } },
  'timeout, and it acts later': { hits: 'writes', rule: { kind: 'delay', delayMs: timeoutMs + 5_000 } },
  'reset before it acted': { hits: 'requests', rule: { kind: 'cut' } },
  'reset after it acted': { hits: 'writes', rule: { kind: 'cut', carryOut: true } },
  'reset in the middle of the answer': { hits: 'requests', rule: { kind: 'truncateBody' } },
  'truncated JSON': { hits: 'requests', rule: { kind: 'garbage', carryOut: true } },
  'truncated list': { hits: 'lists', rule: { kind: 'truncateList' }, lasts: 'once' },
  'truncated list, again and again': { hits: 'lists', rule: { kind: 'truncateList' }, lasts: 'on' },
  'empty list': { hits: 'lists', rule: { kind: 'emptyList' }, lasts: 'once' },
  'empty list, again and again': { hits: 'lists', rule: { kind: 'emptyList' }, lasts: 'on' },
  'entries that come twice': { hits: 'lists', rule: { kind: 'repeatEntries' } },
  'page that comes again': { hits: 'pages', rule: { kind: 'duplicatePage' } },
  'clock an hour ahead of the provider’s': { hits: 'clock', aheadMs: hourMs },
  'clock an hour behind the provider’s': { hits: 'clock', aheadMs: -hourMs },
} as const satisfies Readonly<Record<string, Fault>>;

/** See faults. */
export type FaultName = keyof typeof faults;

/** Names of the faults and operations, in order. */
export const faultNames = Object.keys(faults) as readonly FaultName[];
export const operationNames = Object.keys(operations) as readonly Operation[];

/** Cells that aren't tried, or are known to fail. Left out: any. */
export interface Exception {
  readonly faults?: readonly FaultName[];
  readonly operations?: readonly Operation[];
  /** A sentence. */
  readonly reason: string;
}

/** A provider, as one way of reaching it has it. */
export interface SubjectCells {
  /** Its page in `docs/providers`. */
  readonly type: string;
  readonly skip: readonly Exception[];
  /** Tried all the same: it fails the test when one of them passes. */
  readonly mustFail: readonly Exception[];
}

const writesOnly = ['timeout after it acted', 'timeout, and it acts later', 'reset after it acted'] as const satisfies readonly FaultName[];
const ofLists = [
  'truncated list',
  'truncated list, again and again',
  'empty list',
  'empty list, again and again',
  'entries that come twice',
  'page that comes again',
] as const satisfies readonly FaultName[];

const again = ['truncated list, again and again', 'empty list, again and again'] as const satisfies readonly FaultName[];
const repeated = ['page that comes again'] as const satisfies readonly FaultName[];

const noDifference: Exception = { faults: writesOnly, operations: ['look'], reason: 'Nothing is written where nothing differs.' };
const noPages: Exception = { faults: repeated, reason: 'Lists come in one answer, so no page can come again.' };
const noDelete: Exception = { operations: ['delete'], reason: 'Karmo has no call that deletes a role.' };

const unseenRole: Exception = {
  faults: again,
  operations: ['delete'],
  reason:
    'A list that lacks the role whenever it is read cannot be told from a true one: the object goes, and the role stays behind unchanged.',
};

function rolesInOneAnswer(...operations: readonly Operation[]): Exception {
  return { faults: repeated, operations, reason: 'Only roles are read for it, and they come in one answer.' };
}

function unseenHolders(...faults: readonly FaultName[]): Exception {
  return {
    faults,
    operations: ['revoke'],
    reason:
      'A list that lacks the holders whenever it is read, for minutes, cannot be told from a true one: they count as revoked, and keep the role.',
  };
}

/** The providers that are tried. */
export const subjects = {
  workos: {
    type: 'workos',
    skip: [noDifference, rolesInOneAnswer('create', 'replace', 'delete')],
    mustFail: [unseenRole, unseenHolders('empty list, again and again')],
  },
  karmo: {
    type: 'karmo',
    skip: [
      noDelete,
      {
        faults: ofLists,
        operations: ['create', 'replace', 'revoke'],
        reason: 'No list is read for it: Karmo has none of roles or of holders.',
      },
    ],
    mustFail: [],
  },
  'karmo with readBack': {
    type: 'karmo',
    skip: [noDelete, noDifference, rolesInOneAnswer('create', 'replace')],
    mustFail: [unseenHolders('empty list, again and again')],
  },
  klustr: {
    type: 'klustr',
    skip: [noDifference, rolesInOneAnswer('create', 'replace', 'delete')],
    mustFail: [
      unseenRole,
      unseenHolders(...again),
      {
        faults: ['timeout, and it acts later'],
        operations: ['create'],
        reason:
          'Klustr takes a second role of one id, so creates that act after they were given up and tried again make two. Then nothing is changed until somebody has removed one of them.',
      },
    ],
  },
  jitsudo: { type: 'jitsudo', skip: [noDifference, noPages], mustFail: [unseenRole, unseenHolders(...again)] },
  'frontier over REST': { type: 'frontier', skip: [noDifference, noPages], mustFail: [unseenRole, unseenHolders(...again)] },
  'frontier over Connect': { type: 'frontier', skip: [noDifference, noPages], mustFail: [unseenRole, unseenHolders(...again)] },
} as const satisfies Readonly<Record<string, SubjectCells>>;

/** See subjects. */
export type SubjectName = keyof typeof subjects;

/** Names of the providers, in order. */
export const subjectNames = Object.keys(subjects) as readonly SubjectName[];

/** One fault during one operation at one provider. */
export interface Cell {
  readonly subject: SubjectName;
  readonly fault: FaultName;
  readonly operation: Operation;
  /** Why it isn't tried; undefined: it is. */
  readonly skip: string | undefined;
  /** Why it is known to fail. */
  readonly mustFail: string | undefined;
}

/** All cells of a provider. */
export function cellsOf(subject: SubjectName): readonly Cell[] {
  const { skip, mustFail }: SubjectCells = subjects[subject];
  return faultNames.flatMap((fault) =>
    operationNames.map((operation) => ({
      subject,
      fault,
      operation,
      skip: reasonIn(skip, fault, operation),
      mustFail: reasonIn(mustFail, fault, operation),
    })),
  );
}

function reasonIn(exceptions: readonly Exception[], fault: FaultName, operation: Operation): string | undefined {
  const fits = (list: readonly string[] | undefined, name: string): boolean => list === undefined || list.includes(name);
  return exceptions.find((each) => fits(each.faults, fault) && fits(each.operations, operation))?.reason;
}
