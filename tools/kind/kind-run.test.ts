import { describe, expect, it } from 'vitest';
import { type DemoProvider, demoProviders } from '../demo/index.ts';
import { UserError } from '../lib/index.ts';
import { kindRun, type Runner } from './index.ts';

/** A provider whose role is repaired as soon as somebody asks for a look. */
class Provider {
  readonly permissions = ['a', 'b'];
  #now: readonly string[] = this.permissions;

  repair(): void {
    this.#now = this.permissions;
  }

  get demo(): DemoProvider {
    const [known] = demoProviders;
    if (known === undefined) throw new Error('there is no provider');
    const place = { organization: 'org', slug: 'role' };
    return {
      ...known,
      tampered: { ...known.tampered, ...place },
      bound: { ...known.bound, holders: ['ann'] },
      connect: () => ({
        listRoles: async () => [{ ...place, permissions: this.#now, system: false }],
        listHolders: async () => ['ann'],
        tamper: async () => {
          this.#now = ['c'];
          return [];
        },
        tamperCommand: () => [],
      }),
    };
  }
}

interface Scene {
  readonly commands: string[];
  readonly said: string[];
  run(keep?: boolean): Promise<void>;
}

/** Answers each command that contains a text with another one, or fails it. */
function scene(answers: Readonly<Record<string, string | Error>> = {}): Scene {
  const commands: string[] = [];
  const said: string[] = [];
  const provider = new Provider();
  const runner: Runner = {
    async run(command, args) {
      const line = [command, ...args].join(' ');
      commands.push(line);
      if (line.includes(' annotate ')) provider.repair();
      const [, answer = line.includes('get orgroles') ? 'orgrole/x' : ''] =
        Object.entries(answers).find(([part]) => line.includes(part)) ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async forward(command, args) {
      commands.push([command, ...args(1234)].join(' '));
      return { url: 'http://127.0.0.1:1234', [Symbol.asyncDispose]: async () => {} };
    },
  };
  const options = { runner, name: 'test', directory: '/scratch', providers: [provider.demo], say: (line: string) => void said.push(line) };
  return { commands, said, run: (keep = false) => kindRun({ ...options, keep }) };
}

const removal = 'kind delete cluster --name test --kubeconfig /scratch/kubeconfig';

describe('a run with kind', () => {
  it('builds the image, makes a cluster, installs, tries the examples, uninstalls and removes the cluster', async () => {
    const { commands, run } = scene();
    await run();
    const milestones = [
      'docker build',
      'kind create',
      'kind load',
      ' install ',
      'helm --kubeconfig /scratch/kubeconfig test',
      'rollout status',
      ' annotate ',
      ' uninstall ',
      removal,
    ];
    const places = milestones.map((text) => commands.findIndex((command) => command.includes(text)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('touches no other cluster', async () => {
    const { commands, run } = scene();
    await run();
    const others = commands.filter(
      (command) => /^(kubectl|helm|kind (create|delete))/.test(command) && !command.includes('--kubeconfig /scratch/kubeconfig'),
    );
    expect(others).toEqual(['kubectl version --client', 'helm version --short']);
  });

  it('says all that is missing before it does anything', async () => {
    const missing = Object.assign(new Error('spawn helm ENOENT'), { code: 'ENOENT' });
    const { commands, run } = scene({ 'docker info': new Error('no engine\nmore'), 'helm version': missing });
    const outcome = run();
    await expect(outcome).rejects.toThrow(UserError);
    await expect(outcome).rejects.toThrow(/docker does not work \(no engine\)\. .*\n.*helm is not on the PATH/s);
    expect(commands.some((command) => /build|create|delete/.test(command))).toBe(false);
  });

  it('leaves a cluster alone that has the name already', async () => {
    const { commands, run } = scene({ 'kind get clusters': 'other\ntest\n' });
    await expect(run()).rejects.toThrow(/cluster test already/);
    expect(commands).not.toContain(removal);
  });

  it('shows what tells why it failed, and removes the cluster', async () => {
    const { commands, said, run } = scene({
      'helm --kubeconfig /scratch/kubeconfig test': new Error('a test failed'),
      'get pods': 'the pods',
    });
    await expect(run()).rejects.toThrow('a test failed');
    expect(said.at(-1)).toContain('the pods');
    expect(commands.at(-1)).toBe(removal);
  });

  it('fails when what was declared goes with the release', async () => {
    const { run, commands } = scene({ 'get orgroles': '' });
    await expect(run()).rejects.toThrow(/uninstalled/);
    expect(commands.at(-1)).toBe(removal);
  });

  it('keeps the cluster with all that is in it when asked to', async () => {
    const { commands, run } = scene();
    await run(true);
    expect(commands.filter((command) => /delete|uninstall/.test(command))).toEqual([]);
  });
});
