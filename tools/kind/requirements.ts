import type { Runner } from './runner.ts';

interface Requirement {
  readonly command: string;
  readonly args: readonly string[];
  /** What it is needed for and where it comes from. */
  readonly advice: string;
}

const requirements: readonly Requirement[] = [
  // `docker version` succeeds without an engine; this asks the engine.
  {
    command: 'docker',
    args: ['info', '--format', '{{.ServerVersion}}'],
    advice: 'A running Docker engine builds the image and carries the cluster.',
  },
  { command: 'kind', args: ['version'], advice: 'kind makes the cluster: https://kind.sigs.k8s.io.' },
  { command: 'kubectl', args: ['version', '--client'], advice: 'kubectl talks to it: https://kubernetes.io/docs/tasks/tools.' },
  { command: 'helm', args: ['version', '--short'], advice: 'Helm installs the chart: https://helm.sh.' },
];

/** What the machine lacks, a line each; nothing when all is there. */
export async function missingRequirements(runner: Pick<Runner, 'run'>): Promise<readonly string[]> {
  const lines = await Promise.all(
    requirements.map(async ({ command, args, advice }) => {
      const complaint = await runner.run(command, args).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'is not on the PATH' : `does not work (${firstLine(error.message)})`),
      );
      return complaint === undefined ? [] : [`${command} ${complaint}. ${advice}`];
    }),
  );
  return lines.flat();
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
