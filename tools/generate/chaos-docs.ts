import soak from '../../docs/soak.json' with { type: 'json' };
import { blows, edits, faults, handiwork, lies } from '../../test/chaos/repertoire.ts';
import { type SoakFigures, total } from '../../test/chaos/summary.ts';

/** The blocks of `docs/reliability.md` about the chaos run. */
export const chaosSection: readonly string[] = [
  '## Chaos',
  'The operator runs as a process with the rights that users give it, against a real API server and all emulated providers at once. Meanwhile everything below happens at random and at the same time, as long as the run lasts:',
  '```sh\nnpx vitest run --project e2e test/chaos   # about a minute; one of the tests\nmake soak                                 # half an hour, and then every fuzz test for long\n```',
  bullets('People work on manifests', Object.values(edits)),
  bullets('Somebody works at the provider by hand', Object.values(handiwork)),
  bullets(
    'Requests to providers fail: any, only those that write or only those for lists, once, a few times or until further notice',
    faults.map(({ name }) => name),
  ),
  bullets(
    'Lists lie, one at a time',
    lies.map(({ name }) => name),
  ),
  bullets('Blows fall on operators, alone or as two replicas', Object.values(blows)),
  'This has to hold whatever happens:',
  [
    '- No permission, role or holder goes that is declared or somebody else’s, and none comes that nobody declares. This is judged after every request by the state of the emulator and by what the manifests said; an operator may only be behind as far as the generations in the statuses allow.',
    '- No two writes of one organization are under way at once, no role is there twice, and every request keeps to the provider’s contract.',
    '- No credential and no token is in a log at level debug, in metrics, an Event, a status or an address, although refusals repeat those that the server was sent.',
    '- No operator ends by itself, SIGTERM ends it in order, and no object says `InternalError`.',
    '- When nothing fails any more and what waits has been approved, everything becomes as declared, `Ready` for its latest generation or gone.',
    '- The memory of the operator that lives to the end stays as it was after its warm-up.',
  ].join('\n'),
  'What it allows for, because it is known to happen:',
  [
    '- A RoleBinding that waits for its Role, for example while that can’t be read, has no say yet about users whom it hasn’t on record: when another RoleBinding lets go of such a user, that one’s grant is taken back, and the user is without the role until the Role is ready.',
    '- Where nobody can read who holds a role, all roles of a user are replaced at once: one that a suspended RoleBinding has granted comes back with the others after somebody has taken it by hand.',
    '- A list that lacks only some holders isn’t among the lies: it looks like a true one, and could have somebody who holds a role by hand put on record as granted.',
  ].join('\n'),
  'Choices follow from a seed, which a failure names: `ROLEKEEPER_SEED=7 npx vitest run --project e2e test/chaos` or `make soak SEED=7` makes them again in the same order. Instants aren’t chosen: how far an operator was when it was struck is another each time. After a failure `dist/chaos` has what happened at each provider and the logs of operators.',
  '### The last soak',
  figuresText(soak),
];

function bullets(title: string, lines: readonly string[]): string {
  return [`${title}:`, '', ...lines.map((line) => `- ${line}`)].join('\n');
}

function figuresText({ date, minutes, seed, problems, MiB, ...figures }: SoakFigures): string {
  const count = (number: number): string => number.toLocaleString('en');
  return [
    `${date}, \`make soak MINUTES=${minutes} SEED=${seed}\`: ${found(problems)}.`,
    `${count(figures.operators)} operators were started and ${blowsText(figures.blows)}.`,
    `${count(total(figures.edits))} edits of manifests and ${count(total(figures.byHand))} changes by hand were made;`,
    `${count(figures.faultsHit)} of ${count(figures.requests)} requests were hit by a fault, and ${count(figures.changesJudged)} changes at providers were judged.`,
    `In the end everything was as declared ${figures.seconds.settling ?? 0} s after the last fault.`,
    `Memory of the operator that lived to the end, in eighths of its life: ${MiB.join(', ')} MiB.`,
  ].join(' ');
}

function blowsText({ kill = 0, terminate = 0, freeze = 0 }: SoakFigures['blows']): string {
  return `struck: ${kill} times by \`kill -9\`, ${terminate} times by SIGTERM, ${freeze} times by SIGSTOP and SIGCONT`;
}

function found(problems: readonly string[]): string {
  if (problems.length === 0) return 'nothing was found wrong';
  return `found wrong: ${problems.join('; ')} (what was mended since is in the [changelog](../CHANGELOG.md))`;
}
