import { Argument, CommanderError, Option, Command as Parser } from 'commander';
import { describeError } from '../telemetry/index.ts';
import type { Command, CommandContext } from './command.ts';
import { refuseUnknownVariables } from './environment.ts';
import { type Environment, envOf, type Flag, fallbackTextOf } from './flags.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

/** One call of the program. */
export interface ProgramOptions extends CommandContext {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly commands: readonly Command[];
}

/**
 * Exit code of a call that can't be carried out as written, and of one that failed. Not 2: that is how `plan` will say that
 * something is to change.
 */
const failureCode = 1;

/** Wide enough for the names of all flags beside readable lines. */
const helpWidth = 120;

/**
 * Runs the command that `argv` names and resolves with the exit code; without a command shows help. Bad calls and failures
 * are explained on `stderr`. Never rejects.
 */
export async function runProgram(options: ProgramOptions): Promise<number> {
  const { argv, stdout, stderr } = options;
  let name = '';
  let run: () => Promise<number> = async () => 0;
  const parser = createParser(options, (command, start) => {
    name = command.name;
    run = start;
  });
  try {
    if (argv.length === 0) {
      stdout.write(parser.helpInformation());
      return 0;
    }
    parser.parse(argv, { from: 'user' });
    return await run();
  } catch (error) {
    if (error instanceof CommanderError) {
      // The parser has said on its own what is wrong, or has shown help.
      return error.exitCode === 0 ? 0 : failureCode;
    }
    stderr.write(explain(error, name));
    return failureCode;
  }
}

function createParser(options: ProgramOptions, select: (command: Command, start: () => Promise<number>) => void): Parser {
  const { commands, env, stdout, stderr } = options;
  const parser = new Parser('rolekeeper')
    .description('Keeps organization roles in identity and access providers as they are declared in Git.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => helpWidth,
    })
    // The notes of `helpOf` say all that the parser would add.
    .configureHelp({ optionDescription: ({ description }) => description })
    .version(version, '--version', 'Print the version of rolekeeper');
  for (const command of commands) {
    const given = new Map<string, string[]>();
    const subparser = parser.command(command.name).summary(command.summary).description(describe(command)).copyInheritedSettings(parser);
    addArgument(subparser, command);
    for (const flag of Object.values(command.flags)) {
      subparser.addOption(toOption(flag, given));
    }
    subparser.allowExcessArguments(false).action((argument: unknown) => {
      select(command, async () => {
        if (Object.values(command.flags).some((flag) => envOf(flag) !== undefined)) {
          const flagSets = commands.map(({ flags }) => flags);
          refuseUnknownVariables(env, flagSets);
        }
        return await command.start(given, env, options, typeof argument === 'string' ? argument : '');
      });
    });
  }
  return parser;
}

function describe({ summary, details }: Command): string {
  return details === undefined ? `${summary}.` : `${summary}.\n\n${details}`;
}

function addArgument(parser: Parser, { argument }: Command): void {
  if (argument === undefined) {
    return;
  }
  const meanings = Object.entries(argument.choices).map(([choice, meaning]) => `${choice}: ${meaning}`);
  parser.addArgument(new Argument(`<${argument.name}>`, meanings.join('; ')).argParser((text) => checkChoice(text, argument)));
}

function checkChoice(text: string, { name, choices }: NonNullable<Command['argument']>): string {
  if (!Object.hasOwn(choices, text)) {
    throw new UsageError([`${name} ${JSON.stringify(text)} is unknown: it must be one of ${Object.keys(choices).join(', ')}`]);
  }
  return text;
}

function toOption(flag: Flag, given: Map<string, string[]>): Option {
  const { name, type } = flag;
  const value = type.bare === undefined ? `<${type.placeholder}>` : `[${type.placeholder}]`;
  const option = new Option(`--${name} ${value}`, helpOf(flag));
  if (type.bare !== undefined) {
    option.preset(type.bare);
  }
  // The texts are only collected here; `resolveFlags` judges those of flags and of variables by the same rules.
  return option.argParser((text: string) => {
    given.set(name, [...(given.get(name) ?? []), text]);
    return text;
  });
}

function helpOf(flag: Flag): string {
  const fallback = fallbackTextOf(flag);
  const variable = envOf(flag);
  const notes = [...(fallback === undefined ? [] : [`default ${fallback}`]), ...(variable === undefined ? [] : [variable])];
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join('; ')})`;
}

/** Errors of the runtime itself: nobody foresaw them, so the place is worth more than the words. */
const unforeseen: ReadonlySet<string> = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'NonError']);

function explain(error: unknown, command: string): string {
  if (error instanceof UsageError) {
    const hint = `Run \`rolekeeper ${command === '' ? '' : `${command} `}--help\` for what is accepted.\n`;
    return `${error.problems.map((problem) => `error: ${problem}\n`).join('')}${hint}`;
  }
  const { name, message, cause, stack } = describeError(error);
  const reason = cause === undefined ? '' : ` (${cause})`;
  const place = stack === undefined || !unforeseen.has(name) ? '' : `${stack.replaceAll(/^/gm, '    ')}\n`;
  return `error: ${message}${reason}\n${place}`;
}
