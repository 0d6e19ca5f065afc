import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoProvider, demoProviders } from '../../tools/demo/index.ts';
import { commandLineOf, inRepository, run, signalQuietly } from '../../tools/lib/index.ts';
import { sharedCluster, waitFor } from '../support/control-plane.ts';

/** The program as `make demo` starts it. */
class DemoProgram {
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(inRepository('node_modules', '.bin', 'node'), [inRepository('tools', 'demo', 'main.ts'), ...args], {
      env: { ...process.env, TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', resolve);
    });
    programs.push(this);
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  async says(text: string): Promise<void> {
    await waitFor(`the demo to print "${text}"`, () => this.#output.includes(text), { timeoutMs: 120_000 });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

let temporary: string;
const programs: DemoProgram[] = [];

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'rolekeeper-demo-test-'));
});

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.exited;
  }
  for (const pid of await processesOf(temporary)) {
    signalQuietly(pid, 'SIGKILL');
  }
  await rm(temporary, { recursive: true, force: true });
});

/** Processes whose command line names the directory: whatever a demo starts works with files of it. */
async function processesOf(directory: string): Promise<readonly number[]> {
  const pids =
    process.platform === 'linux'
      ? (await readdir('/proc')).map(Number).filter(Number.isInteger)
      : (await run('ps', ['-axo', 'pid='])).stdout.split('\n').map(Number);
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, line: await commandLineOf(pid) })));
  return lines.filter(({ line }) => line?.includes(directory)).map(({ pid }) => pid);
}

async function expectNothingLeft(): Promise<void> {
  expect(await processesOf(temporary)).toEqual([]);
  expect(await readdir(temporary)).toEqual([]);
}

/** Makes sure that the port is in use, by this test or by whoever has it. */
async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve() : reject(error)));
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

/** The lines between a line that contains `from` and the next empty one. */
function block(output: string, from: string): readonly string[] {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => line.includes(from));
  const end = lines.indexOf('', start);
  return start === -1 ? [] : lines.slice(start, end);
}

/** Lines that a terminal would break. How wide a table of kubectl is hangs on the names in it. */
function tooLong(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.length > 120 && !/ (READY|True|False) /.test(line));
}

describe.each(demoProviders)('the demo with $name', (provider) => {
  it('shows Ready roles, drift repaired and roles deleted, and leaves nothing behind', async () => {
    const demo = new DemoProgram(['--provider', provider.name]);
    const code = await demo.exited;
    expect(code, demo.output).toBe(0);

    const table = block(demo.output, '$ kubectl get orgroles -A').slice(2);
    const { observed, deleted } = provider;
    const ready = table.filter((row) => / True +(Available|Asserted) /.test(row));
    expect(ready.length).toBeGreaterThan(1);
    const others = table.filter((row) => !ready.includes(row));
    expect(others).toEqual(observed === undefined ? [] : [expect.stringContaining(observed.name)]);

    const { slug, add, remove } = provider.tampered;
    const title = `${slug} in ${provider.tampered.organization}:`;
    const tampered = block(demo.output, title);
    const repaired = block(demo.output.slice(demo.output.indexOf(title) + title.length), title);
    expect(tampered).toEqual(expect.arrayContaining([expect.stringMatching(`\\+ ${add}$`), expect.stringMatching(`- ${remove}$`)]));
    expect(repaired).toEqual(expect.arrayContaining([expect.stringMatching(`- ${add}$`), expect.stringMatching(`\\+ ${remove}$`)]));
    const seen = observed === undefined ? ['AssertedExternalRole'] : ['DriftDetected', 'DriftCorrected'];
    const gone = deleted === undefined ? [] : ['DeletedExternalRole'];
    for (const reason of [...seen, ...gone, 'RetainedExternalRole']) {
      expect(demo.output).toMatch(new RegExp(`^ +${reason} `, 'm'));
    }
    if (deleted !== undefined) expect(demo.output).toContain(`ok ${deleted.slug} is gone`);
    expect(demo.output).toContain(`ok ${provider.retained.slug} is still there`);
    expect(demo.output).toMatch(/^All \d+ steps went as they should/m);

    // No terminal: no colours, and nothing that a log would break.
    expect(demo.output).not.toContain('\u001b');
    expect(tooLong(demo.output)).toEqual([]);
    await expectNothingLeft();
  });

  it('applies examples in which the API server finds nothing to complain about', async () => {
    const cluster = await sharedCluster();
    await cluster.installCRDs();
    const folder = inRepository('examples', provider.name);
    // In a dry run the namespaces of the first file would not be there for the objects of the others.
    await cluster.kubectl(['apply', '-f', join(folder, '01-namespaces.yaml')]);
    const printed = await cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', folder]);
    const files = (await readdir(folder)).length;
    expect(printed.trim().split('\n').length).toBeGreaterThan(files);
  });
});

describe('the demo', () => {
  it('shows one of each provider in one cluster, and leaves nothing behind', async () => {
    const demo = new DemoProgram([]);
    expect(await demo.exited, demo.output).toBe(0);
    const table = block(demo.output, '$ kubectl get orgroles -A')
      .slice(2)
      .map((row) => row.trim());
    for (const { tampered, observed, title, readyNamespaces } of demoProviders) {
      expect(table.find((row) => row.includes(tampered.name) && row.startsWith(tampered.namespace))).toMatch(
        / True +(Available|Asserted) /,
      );
      expect(table.some((row) => readyNamespaces.some((namespace) => row.startsWith(`${namespace} `)))).toBe(true);
      if (observed !== undefined) expect(table.find((row) => row.includes(observed.name))).toMatch(/ False +DriftFound /);
      const repaired = block(demo.output, `${tampered.slug} at ${title}:`);
      expect(repaired).toEqual(expect.arrayContaining([expect.stringMatching(`\\+ ${tampered.add}$`)]));
      expect(repaired.at(-1)).toContain('ok exactly what the manifest declares again');
    }
    expect(demo.output).toMatch(/^All \d+ steps went as they should/m);
    expect(tooLong(demo.output)).toEqual([]);
    await expectNothingLeft();
  });

  it('takes another port when the usual one is taken', async () => {
    const { port } = demoProvider('workos');
    const occupier = await occupy(port);
    const demo = new DemoProgram(['--provider', 'workos']);
    const code = await demo.exited;
    occupier.close();
    expect(code, demo.output).toBe(0);
    expect(demo.output).toContain(`Another program has port ${port}`);
  });

  it('says what went wrong with the end of the log, and leaves nothing behind', async () => {
    const demo = new DemoProgram(['--provider', 'workos']);
    await demo.says('Apply the examples');
    const [operator] = await operatorsOf(temporary);
    signalQuietly(operator ?? 0, 'SIGKILL');
    expect(await demo.exited).toBe(1);
    expect(demo.output).toContain('failed: the operator ended unexpectedly (SIGKILL)');
    expect(demo.output).toMatch(/info +Starting rolekeeper/);
    await expectNothingLeft();
  });

  it('ends early and leaves nothing behind when it is interrupted', async () => {
    const demo = new DemoProgram(['--provider', 'workos']);
    await demo.says('Start the operator');
    demo.signal('SIGINT');
    expect(await demo.exited).toBe(130);
    await expectNothingLeft();
  });

  it('leaves nothing behind even when it is killed', async () => {
    const demo = new DemoProgram(['--provider', 'workos']);
    await demo.says('Apply the examples');
    demo.signal('SIGKILL');
    await demo.exited;
    await waitFor('the parts to end', async () => (await processesOf(temporary)).length === 0 && (await readdir(temporary)).length === 0);
  });

  it('stays until it is ended when asked to', async () => {
    const directory = join(temporary, 'kept');
    const up = new DemoProgram(['--keep', '--directory', directory]);
    expect(await up.exited, up.output).toBe(0);

    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(up.output)?.[1] ?? '';
    const bin = /export PATH="(.+):\$PATH"/.exec(up.output)?.[1] ?? '';
    const { code, stdout } = await run(join(bin, 'kubectl'), ['get', 'orgroles', '-A'], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ True +Available /);

    const again = new DemoProgram(['--keep', '--directory', directory]);
    expect(await again.exited, again.output).toBe(0);
    expect(again.output).toContain('running already');
    expect(again.output).toContain(`export KUBECONFIG=${kubeconfig}`);

    const environment = new DemoProgram(['--env', '--directory', directory]);
    expect(await environment.exited, environment.output).toBe(0);
    expect(environment.output.split('\n')).toEqual([
      `export KUBECONFIG=${kubeconfig}`,
      `export PATH="${bin}:$PATH"`,
      expect.stringMatching(/^export EMULATOR=http:\/\/127\.0\.0\.1:\d+$/),
      '',
    ]);

    const down = new DemoProgram(['--down', '--directory', directory]);
    expect(await down.exited, down.output).toBe(0);
    expect(down.output).toContain('The demo has ended.');
    await expectNothingLeft();

    const downAgain = new DemoProgram(['--down', '--directory', directory]);
    expect(await downAgain.exited, downAgain.output).toBe(0);
    expect(downAgain.output).toContain('No demo was running.');

    const nothing = new DemoProgram(['--env', '--directory', directory]);
    expect(await nothing.exited).toBe(1);
    expect(nothing.output).toContain('make demo-up');
  });

  it("touches no directory that isn't its own", async () => {
    const file = join(temporary, 'precious');
    await writeFile(file, 'data');
    const up = new DemoProgram(['--keep', '--directory', temporary]);
    expect(await up.exited).toBe(1);
    expect(up.output).toContain('not empty');
    const down = new DemoProgram(['--down', '--directory', temporary]);
    expect(await down.exited).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('data');
  });

  it('says which providers there are when it does not know one', async () => {
    const demo = new DemoProgram(['--provider', 'nobody']);
    expect(await demo.exited).toBe(1);
    expect(demo.output).toContain(demoProviders.map(({ name }) => name).join(', '));
    expect(demo.output).not.toContain('    at ');
  });
});

async function operatorsOf(directory: string): Promise<readonly number[]> {
  const pids = await processesOf(directory);
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, line: await commandLineOf(pid) })));
  return lines.filter(({ line }) => line?.includes('main.ts operator ')).map(({ pid }) => pid);
}
