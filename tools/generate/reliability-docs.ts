import { clusterFaults } from '../../test/cluster-faults.ts';
import { type Guarantee, guarantees, type Proof } from '../../test/guarantees.ts';
import {
  type Cell,
  cellsOf,
  type Fault,
  faultNames,
  faults,
  type Hits,
  operationNames,
  operations,
  subjectNames,
  subjects,
} from '../../test/matrix/cells.ts';
import { chaosSection } from './chaos-docs.ts';
import { page, table } from './emit/markdown.ts';
import { type Emitter, generatedNotice } from './emitter.ts';

/** `docs/reliability.md`: what is guaranteed and where it is proven, and which faults are tried during which operations at which providers. */
export function reliabilityPageEmitter(cells: readonly Cell[] = subjectNames.flatMap(cellsOf)): Emitter {
  return { name: 'Reliability', emit: () => [{ path: 'docs/reliability.md', text: reliabilityPage(cells) }] };
}

function reliabilityPage(cells: readonly Cell[]): string {
  const tried = cells.filter(({ skip }) => skip === undefined);
  const failing = tried.filter(({ mustFail }) => mustFail !== undefined);
  const skipped = cells.filter(({ skip }) => skip !== undefined);
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Reliability',
    '## What is guaranteed',
    'Each of these has tests that fail when it is broken. One of them is run by `npx vitest run <file> -t "<title>"`, all of them by `make test`.',
    table(['Guarantee', 'What it means', 'Proven by'], guarantees.map(guaranteeRow)),
    '## When a provider fails',
    'What rolekeeper does while a provider fails is tried for every provider, every fault and every operation:',
    '```sh\nnpm run test:matrix\n```',
    `${counted(tried.length, 'combination')} of ${subjectNames.length} providers, ${faultNames.length} faults and ${operationNames.length} operations are tried; ${failing.length} of them are known to fail and ${skipped.length} don't exist, each for a reason given below. The real reconcilers and clients run in virtual time against the emulators, which answer in the form of the provider's contract.`,
    'In each combination the fault hits one request, and this is done for every request that the operation takes. Then it hits three in a row, from the first request and from the first one that writes, and then everything for some minutes. Whenever it ends, this has to follow:',
    [
      '- Within an hour every Role and RoleBinding is `Ready` for its latest generation, or gone where it was deleted, and the provider has exactly what is declared. Another look changes nothing and writes nothing, but for what cannot be read and is sent again on the interval.',
      '- At no moment in between was a permission, a role or a holder taken away that is declared or was there by somebody else’s hand, or one added that is not declared. This is judged after every single request by the state of the emulator alone.',
      '- No credential and no token is in a log line, an Event, a status, an error or an address, although every refusal repeats those that the server was sent.',
    ].join('\n'),
    'Beside the role and the holders in question there are: a role that no manifest declares, another Role that is in sync, a user with a role by hand, users with a role by another RoleBinding, and users who hold the same roles by hand.',
    '### Operations',
    Object.entries(operations)
      .map(([name, what]) => `- \`${name}\`: ${what}`)
      .join('\n'),
    '### Faults',
    `How many of the ${operationNames.length} operations are tried with each fault; **(n)** of them are known to fail.`,
    table(
      ['Fault', 'Hits', ...subjectNames.map((name) => `[${name}](providers/${subjects[name].type}.md)`)],
      faultNames.map((fault) => [
        fault,
        hitsOf(faults[fault]),
        ...subjectNames.map((subject) => summary(cells.filter((cell) => cell.subject === subject && cell.fault === fault))),
      ]),
    ),
    '### What is known to fail',
    'The end is not as declared. That nobody loses anything on the way, and that no credential is shown, is demanded of these as well.',
    reasonsTable(failing, ({ mustFail }) => mustFail),
    '### What is not tried',
    reasonsTable(skipped, ({ skip }) => skip),
    ...clusterSection,
    ...chaosSection,
    ...fuzzedSection,
  );
}

const clusterSection: readonly string[] = [
  '## When the cluster fails',
  'Each of these is done to the operator under its own rights on a real API server and etcd, most in the middle of work on many Roles and RoleBindings. Afterwards everything becomes as declared; nothing was created twice or taken away, no set of permissions was written that is older than what was there, and no two writes to an organization overlapped.',
  '```sh\nnpm run test:e2e -- test/e2e/cluster-faults.test.ts test/e2e/api-faults.test.ts test/e2e/leader.test.ts\n```',
  table(
    ['Fault', 'What follows', 'Tried by'],
    clusterFaults.map(({ fault, text, proofs }) => [`**${fault}**`, text, proofs.map(proofLine).join('<br>')]),
  ),
];

const fuzzedSection: readonly string[] = [
  '## What is fuzzed',
  'Whatever comes in from outside is spoilt in one place or altogether, with the same seed every time; with `ROLEKEEPER_FUZZ_FACTOR=20` twenty times as often and with another seed each time. `make soak` does so.',
  [
    '- Manifests: `validateManifest` and the API server agree on each ([manifests.test.ts](../test/apiserver/manifests.test.ts)), and the operator survives what the server takes, says something about it and writes only what it declares ([fuzzed-manifests.test.ts](../test/e2e/fuzzed-manifests.test.ts)).',
    '- Answers of providers: each operation gives what is documented or fails with a typed error that shows no credential, and garbage is never another truth ([test/conformance/fuzz](../test/conformance/fuzz)).',
    '- The bytes of lists and watches: the operator ends up with what the API server has, without asking hot ([reflector.test.ts](../test/unit/fuzz/reflector.test.ts)).',
    '- Sequences of edits, faults and crashes in virtual time: they end as an independent model says, and nothing is taken or given on the way that it forbids ([model.test.ts](../test/unit/reconcile/model.test.ts), [binding-model.test.ts](../test/unit/reconcile/binding-model.test.ts)).',
  ].join('\n'),
];

function guaranteeRow({ name, text, proofs }: Guarantee): string[] {
  return [`**${name}**`, text, proofs.map(proofLine).join('<br>')];
}

function proofLine({ file, title }: Proof): string {
  const name = file.split('/').slice(-1)[0] ?? file;
  return `[${name}](../${file})${title === undefined ? '' : `: ${title}`}`;
}

const hitWords: Readonly<Record<Hits, string>> = {
  requests: 'any request',
  writes: 'requests that write',
  lists: 'requests for a list',
  pages: 'requests for a later page',
};

function hitsOf(fault: Fault): string {
  if (fault.hits === 'clock') return 'the whole operation';
  if (fault.lasts === undefined) return hitWords[fault.hits];
  return `${hitWords[fault.hits]}, ${fault.lasts === 'once' ? 'one at a time' : 'several in a row'}`;
}

function summary(cells: readonly Cell[]): string {
  const tried = cells.filter(({ skip }) => skip === undefined);
  const failing = tried.filter(({ mustFail }) => mustFail !== undefined).length;
  if (tried.length === 0) return '–';
  return failing === 0 ? `${tried.length}` : `${tried.length} **(${failing})**`;
}

/** One row for each reason; providers with the same faults and operations share it. */
function reasonsTable(cells: readonly Cell[], reasonOf: (cell: Cell) => string | undefined): string {
  const perSubject = [...Map.groupBy(cells, (cell) => `${cell.subject}\n${reasonOf(cell)}`).values()];
  const groups = Map.groupBy(perSubject, (group) => group.map((cell) => `${cell.fault} ${cell.operation} ${reasonOf(cell)}`).join());
  return table(
    ['Provider', 'Fault', 'Operation', 'Reason'],
    [...groups.values()].map((alike) => {
      const group = alike.flat();
      const [first] = group;
      return [
        listOf(
          group.map(({ subject }) => subject),
          subjectNames,
        ),
        listOf(
          group.map(({ fault }) => fault),
          faultNames,
        ),
        listOf(
          group.map(({ operation }) => operation),
          operationNames,
        ),
        (first && reasonOf(first)) ?? '',
      ];
    }),
  );
}

function listOf(names: readonly string[], all: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length === all.length ? 'all' : distinct.join('; ');
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
