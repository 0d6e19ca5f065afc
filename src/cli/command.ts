import { type Environment, type FlagSet, type FlagValues, type GivenFlags, resolveFlags } from './flags.ts';

/** Takes text, as a stream of the process does. */
export interface Output {
  /** Nobody waits for what it returns. */
  write(text: string): unknown;
  /** Whether people look at it. */
  readonly isTTY?: boolean;
}

/** What every command works with besides its flags. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** A word that a command needs after its name. */
export interface CommandArgument {
  readonly name: string;
  /** Words that are accepted, each with what it stands for. */
  readonly choices: Readonly<Record<string, string>>;
}

/** A command as it is declared. */
export interface CommandDeclaration<S extends FlagSet> {
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** More, for its own help page. */
  readonly details?: string;
  readonly argument?: CommandArgument;
  readonly flags: S;
  /** Resolves with the exit code. `argument` is one of the choices, or empty when the command takes none. */
  run(values: FlagValues<S>, context: CommandContext, argument: string): Promise<number>;
}

/** A command whose flags are still texts: what the program works with. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly argument?: CommandArgument;
  readonly flags: FlagSet;
  /** Resolves with the exit code; rejects with UsageError when a flag has a bad value. */
  start(given: GivenFlags, env: Environment, context: CommandContext, argument: string): Promise<number>;
}

/** Makes a command of its declaration. */
export function defineCommand<const S extends FlagSet>(declaration: CommandDeclaration<S>): Command {
  const { run, ...description } = declaration;
  return {
    ...description,
    start: async (given, env, context, argument) => run(resolveFlags(declaration.flags, given, env), context, argument),
  };
}
