import { expect, test } from 'vitest';
import { type CommandContext, defineCommand } from './command.ts';
import { booleanFlag, countFlag } from './flag-types.ts';
import { flag } from './flags.ts';
import { runProgram } from './program.ts';
import { version, versionCommand } from './version.ts';

interface Ran {
  readonly values: unknown;
  readonly argument: string;
}

async function call(argv: readonly string[], env: Record<string, string> = {}, act: () => Promise<number> = async () => 0) {
  const ran: Ran[] = [];
  let out = '';
  let err = '';
  const context: CommandContext = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    signal: new AbortController().signal,
  };
  const serve = defineCommand({
    name: 'serve',
    summary: 'Serve something',
    argument: { name: 'what', choices: { tea: 'hot', water: 'cold' } },
    flags: {
      cups: flag({ name: 'cups', type: countFlag({ min: 1, max: 9 }), help: 'Number of cups', fallback: 2 }),
      sugar: flag({ name: 'sugar', type: booleanFlag, help: 'With sugar', fallback: false }),
    },
    run: async (values, _, argument) => {
      ran.push({ values, argument });
      return await act();
    },
  });
  const code = await runProgram({ ...context, argv, env, commands: [serve, versionCommand] });
  return { code, out, err, ran };
}

test('a command gets its values and its argument, and its exit code is the exit code', async () => {
  const { code, ran } = await call(['serve', 'tea', '--cups', '3'], { ROLEKEEPER_SUGAR: 'true' }, async () => 7);
  expect(ran).toEqual([{ values: { cups: 3, sugar: true }, argument: 'tea' }]);
  expect(code).toBe(7);
});

test.each([
  { argv: ['--sugar'], want: true },
  { argv: ['--sugar=true'], want: true },
  { argv: ['--sugar=false'], want: false },
  { argv: ['--sugar', 'false'], want: false },
])('a boolean may stand alone or with a value: $argv', async ({ argv, want }) => {
  const { ran } = await call(['serve', 'tea', ...argv]);
  expect(ran[0]?.values).toMatchObject({ sugar: want });
});

test.each([
  { reason: 'no command', argv: [] },
  { reason: 'asked for', argv: ['--help'] },
  { reason: 'asked for in words', argv: ['help'] },
])('help lists the commands: $reason', async ({ argv }) => {
  const { code, out, err } = await call(argv);
  expect(out).toMatch(/serve .*Serve something/);
  expect([code, err]).toEqual([0, '']);
});

test('the help of a command shows every flag with its default and variable', async () => {
  const { code, out, ran } = await call(['serve', '--help']);
  expect(out).toMatch(/--cups <number> +Number of cups \(default 2; ROLEKEEPER_CUPS\)/);
  expect(out).toContain('tea: hot; water: cold');
  expect(code).toBe(0);
  expect(ran).toEqual([]);
});

test.each([
  { reason: 'an unknown flag, with the one that was meant', argv: ['serve', 'tea', '--cup', '1'], says: /--cup'[\s\S]*--cups/ },
  { reason: 'an unknown command, with the one that was meant', argv: ['serf'], says: /serf[\s\S]*serve/ },
  { reason: 'a bad value, with the flag and the accepted form', argv: ['serve', 'tea', '--cups', 'x'], says: /--cups: "x".*1 to 9/ },
  { reason: 'a missing value', argv: ['serve', 'tea', '--cups'], says: /--cups/ },
  { reason: 'an unknown argument, with those that exist', argv: ['serve', 'beer'], says: /"beer".*tea, water/ },
  { reason: 'a missing argument', argv: ['serve'], says: /what/ },
  { reason: 'a word too many', argv: ['serve', 'tea', 'now'], says: /too many/ },
  { reason: 'a flag given twice', argv: ['serve', 'tea', '--cups', '1', '--cups', '2'], says: /--cups is given 2 times/ },
])('refuses $reason', async ({ argv, says }) => {
  const { code, err, out, ran } = await call(argv);
  expect(err).toMatch(says);
  expect(err.startsWith('error: ')).toBe(true);
  expect([code, out, ran]).toEqual([1, '', []]);
});

test('refuses a variable that no command knows, unless the command takes none', async () => {
  const env = { ROLEKEEPER_CUP: '1' };
  const refused = await call(['serve', 'tea'], env);
  expect(refused.err).toContain('ROLEKEEPER_CUPS');
  expect([refused.code, refused.ran]).toEqual([1, []]);
  expect((await call(['version'], env)).code).toBe(0);
});

test('a foreseen failure is one line, an unforeseen one says where', async () => {
  class PortError extends Error {
    override readonly name = 'PortError';
  }
  const foreseen = await call(['serve', 'tea'], {}, () =>
    Promise.reject(new PortError('port 80 is taken', { cause: new Error('EADDRINUSE') })),
  );
  expect([foreseen.code, foreseen.err]).toEqual([1, 'error: port 80 is taken (Error: EADDRINUSE)\n']);
  const unforeseen = await call(['serve', 'tea'], {}, () => Promise.reject(new TypeError('x is not a function')));
  expect(unforeseen.err).toContain('program.test.ts');
});

test('the version is that of the package', async () => {
  expect((await call(['version'])).out).toBe(`rolekeeper ${version} (Node.js ${process.versions.node})\n`);
  expect((await call(['--version'])).out).toBe(`${version}\n`);
});
