import { bindingCount, organizationCount, usersPerBinding, usersPerOrganization } from './binding-load.ts';
import { describeMachine, type Figure, type Machine, notes, shown, shownAim, shownSize, spread } from './figures.ts';

/** What a page is made of. */
export interface PageInput {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** Arguments of the run. */
  readonly args: string;
}

/** The page that users read, made of one run. It holds no date: what it depends on is in it. */
export function docsPage({ machine, figures, args }: PageInput): string {
  const ofBindings = figures.filter(({ benchmark }) => benchmark === 'bindings');
  const ofRoles = figures.filter(({ benchmark }) => benchmark !== 'bindings');
  return `<!-- Written by \`node bench/main.ts --write-docs\`. DO NOT EDIT. -->

# Benchmarks

\`make bench\` measures the operator against a real kube-apiserver and etcd and an emulated WorkOS. It takes several minutes and prints what
is below. \`node bench/main.ts --help\` tells how to run one benchmark or other numbers of Roles and subjects; the figures also go to
\`bench/results/\`.

How to read them:

${notes.map((note) => `- ${note}`).join('\n')}
- A figure that was measured several times is a median; the number of runs and their extremes stand in parentheses. Memory is the largest resident set of the process (VmHWM), in millions of bytes.

One run of \`node bench/main.ts ${args}\` on ${describeMachine(machine)}.

## Roles

There are 100 Roles in an organization.

${tableOfSizes(ofRoles)}

## RoleBindings

${describeBindings(ofBindings[0]?.size ?? 0)}

${tableOfSizes(ofBindings)}

${memoryAgainstCpu}
`;
}

/** A row for each figure, a column for each number of objects. */
function tableOfSizes(figures: readonly Figure[]): string {
  const sizes = [...new Set(figures.map(shownSize))];
  const rows = [...new Set(figures.map(({ name, benchmark }) => `${benchmark}\n${name}`))].map((key) => {
    const own = figures.filter(({ name, benchmark }) => `${benchmark}\n${name}` === key);
    const cells = sizes
      .map((size) => own.find((entry) => shownSize(entry) === size))
      .map((entry) => (entry ? cell(entry) : 'not measured'));
    const aimed = own.find(({ aim }) => aim !== undefined);
    const aim =
      aimed === undefined ? '' : `${shownAim(aimed)}${aimed.benchmark === 'memory' ? ` at ${aimed.size.toLocaleString('en')}` : ''}`;
    return `| ${[own[0]?.benchmark, own[0]?.name, ...cells, aim].join(' | ')} |`;
  });
  const head = ['benchmark', 'figure', ...sizes, 'aim'];
  return [`| ${head.join(' | ')} |`, `|${head.map((_, index) => (index > 1 ? '---:' : '---')).join('|')}|`, ...rows].join('\n');
}

function describeBindings(subjects: number): string {
  const [organizations, bindings] = [organizationCount(subjects), bindingCount(subjects)].map((count) => count.toLocaleString('en'));
  return `${subjects.toLocaleString('en')} users are members of ${organizations} organizations, ${usersPerOrganization} in each. Each of ${bindings} RoleBindings gives a
role to ${usersPerBinding} of them, so that every user gets one. The operator runs and the Roles are Ready before the first RoleBinding is sent. With multiple roles, WorkOS
takes two calls for each user: one reads the membership, one writes it.`;
}

function cell({ value, unit, runs }: Figure): string {
  const isSteady = runs === undefined || new Set(runs).size === 1;
  return isSteady ? shown(value, unit) : `${shown(value, unit)} (${spread(runs)})`;
}

/** Measured once by hand with other settings; `make bench` does not repeat it. */
const memoryAgainstCpu = `## Memory against CPU

The operator tells V8 to collect garbage sooner than it would on a machine with much memory. What that does was compared once, by hand, at
5,000 Roles, with other work on the machine; \`make bench\` does not repeat it.

Each line is one run:

| V8 | environment | peak while converging | CPU while converging |
|---|---|---:|---:|
| its own defaults | | 372 MB | 10.5 s |
| as the operator sets it | | 183 MB | 18.8 s |
| as the operator sets it | \`MALLOC_ARENA_MAX=1\` | 156 MB | 14.1 s |

CPU seconds vary with what else the machine does (with the same flags on the command line they were 17.6), so the third line does not say that
\`MALLOC_ARENA_MAX\` saves CPU. It is a setting of glibc and has no effect with other C libraries.`;
