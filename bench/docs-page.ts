import { describeMachine, type Figure, type Machine, notes, shown, shownAim } from './figures.ts';

/** The page that users read, made of one run. It holds no date: what it depends on is in it. */
export function docsPage(machine: Machine, figures: readonly Figure[]): string {
  const sizes = [...new Set(figures.map(({ roles }) => roles))];
  const rows = [...new Set(figures.map(({ name, benchmark }) => `${benchmark}\n${name}`))].map((key) => {
    const own = figures.filter(({ name, benchmark }) => `${benchmark}\n${name}` === key);
    const cells = sizes
      .map((size) => own.find(({ roles }) => roles === size))
      .map((entry) => (entry ? shown(entry.value, entry.unit) : 'not measured'));
    const aimed = own.find(({ aim }) => aim !== undefined);
    const aim =
      aimed === undefined ? '' : `${shownAim(aimed)}${aimed.benchmark === 'memory' ? ` at ${aimed.roles.toLocaleString('en')}` : ''}`;
    return `| ${[own[0]?.benchmark, own[0]?.name, ...cells, aim].join(' | ')} |`;
  });
  const head = ['benchmark', 'figure', ...sizes.map((size) => `${size.toLocaleString('en')} Roles`), 'aim'];
  return `<!-- Written by \`node bench/main.ts --write-docs\`. DO NOT EDIT. -->

# Benchmarks

\`make bench\` measures the operator against a real kube-apiserver and etcd and an emulated WorkOS. It takes several minutes and prints what
is below. \`node bench/main.ts --help\` tells how to run one benchmark or other numbers of Roles; the figures also go to \`bench/results/\`.

How to read them:

${notes.map((note) => `- ${note}`).join('\n')}
- A figure that was measured several times is a median. Memory is the largest resident set of the process (VmHWM), in millions of bytes.

One run on ${describeMachine(machine)}, 100 Roles in an organization:

| ${head.join(' | ')} |
|${head.map((_, index) => (index > 1 ? '---:' : '---')).join('|')}|
${rows.join('\n')}
`;
}
