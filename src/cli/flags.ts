import type { FlagType } from './flag-types.ts';
import { UsageError } from './usage-error.ts';

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One flag of a command. */
export interface Flag<T = unknown> {
  /** Without the dashes, in kebab-case. */
  readonly name: string;
  readonly type: FlagType<T>;
  /** One sentence without the full stop; the default and the variable are added to it. */
  readonly help: string;
  /** The value when nothing is given. Undefined: none, or one that the command works out. */
  readonly fallback: T | undefined;
  /** What is shown as the default where `fallback` is undefined. */
  readonly fallbackText?: string;
  /** False: there is no environment variable for it. True unless given. */
  readonly env?: boolean;
}

/** The flags of a command, by the name under which it gets their values. */
export type FlagSet = Readonly<Record<string, Flag>>;

/** The values that a command gets. */
export type FlagValues<S extends FlagSet> = {
  readonly [K in keyof S]: S[K] extends { readonly type: FlagType<infer T>; readonly fallback: infer F }
    ? T | Extract<F, undefined>
    : never;
};

/** Texts of flags as they stand on the command line, by the name of the flag; several when it was given several times. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/** Begins the name of every environment variable of a flag. */
export const envPrefix = 'ROLEKEEPER_';

/** Declares a flag whose value is never undefined, because it has a default. */
export function flag<T>(declaration: Flag<T> & { readonly fallback: T }): Flag<T> & { readonly fallback: T } {
  return declaration;
}

/** Declares a flag whose value is undefined when nothing is given. */
export function optionalFlag<T>(declaration: Omit<Flag<T>, 'fallback'>): Flag<T> & { readonly fallback: undefined } {
  return { ...declaration, fallback: undefined };
}

/** The environment variable of a flag; undefined when it has none. */
export function envOf({ name, env = true }: Pick<Flag, 'name' | 'env'>): string | undefined {
  return env ? `${envPrefix}${name.toUpperCase().replaceAll('-', '_')}` : undefined;
}

/** The default as it is shown; undefined when there is nothing to show. */
export function fallbackTextOf({ type, fallback, fallbackText }: Flag): string | undefined {
  const text = fallback === undefined ? fallbackText : type.format(fallback);
  return text === '' ? undefined : text;
}

/**
 * The values of all flags: the command line goes before the environment, the environment before the default. An empty variable
 * counts as absent, as charts like to set them. Throws UsageError that names every bad value.
 */
export function resolveFlags<S extends FlagSet>(flags: S, given: GivenFlags, env: Environment): FlagValues<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(flags)) {
    const source = sourceOf(declaration, given, env);
    if (source === undefined) {
      values[key] = declaration.fallback;
      continue;
    }
    values[key] = source.text === undefined ? undefined : declaration.type.parse(source.text);
    if (source.text === undefined) {
      problems.push(`${source.name} is given ${source.times} times: give it once`);
    } else if (values[key] === undefined) {
      problems.push(`${source.name}: ${JSON.stringify(source.text)} is refused: it must be ${declaration.type.form}`);
    }
  }
  if (problems.length > 0) {
    throw new UsageError(problems);
  }
  return values as FlagValues<S>;
}

/** Where a flag's text comes from. `text` is undefined when there are several and only one is allowed. */
interface Source {
  readonly name: string;
  readonly text: string | undefined;
  readonly times: number;
}

function sourceOf(declaration: Flag, given: GivenFlags, env: Environment): Source | undefined {
  const texts = given.get(declaration.name) ?? [];
  const name = `--${declaration.name}`;
  if (texts.length > 1 && declaration.type.repeatable !== true) {
    return { name, text: undefined, times: texts.length };
  }
  if (texts.length > 0) {
    return { name, text: texts.join(','), times: texts.length };
  }
  const variable = envOf(declaration);
  const text = variable === undefined ? undefined : env[variable];
  return variable === undefined || text === undefined || text === '' ? undefined : { name: variable, text, times: 1 };
}
