import { type Command, emulateCommand, envOf, type Flag, fallbackTextOf, probeCommand } from '../../src/cli/index.ts';
import { operatorCommand } from '../../src/config.ts';
import { code, page, table } from './emit/markdown.ts';
import { type Emitter, generatedNotice } from './emitter.ts';

/** Every command that has flags, in the order of the page. Nothing is run. */
const documentedCommands: readonly Command[] = [operatorCommand(async () => 0), emulateCommand, probeCommand];

/** `docs/reference/flags.md`: the flags of every command. */
export function flagsPageEmitter(commands: readonly Command[] = documentedCommands): Emitter {
  return { name: 'Flags', emit: () => [{ path: 'docs/reference/flags.md', text: flagsPage(commands) }] };
}

function flagsPage(commands: readonly Command[]): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Flags',
    'A flag goes before its environment variable, the variable before the default; an empty variable counts as absent. Durations are written as `30s`, `10m` or `1h30m`. What is unknown or does not have the accepted form is refused: flags, values, and variables that begin with `ROLEKEEPER_` (but for those that Kubernetes sets for Services).',
    ...commands.flatMap(commandSection),
  );
}

function commandSection(command: Command): readonly string[] {
  const { argument } = command;
  const call = argument === undefined ? command.name : `${command.name} <${argument.name}>`;
  const choices = Object.entries(argument?.choices ?? {}).map(([choice, meaning]) => [code(choice), meaning]);
  return [
    `## ${code(`rolekeeper ${call}`)}`,
    `${command.summary}.`,
    choices.length === 0 ? '' : table([code(`<${argument?.name}>`), 'Meaning'], choices),
    table(['Flag', 'Variable', 'Default', 'Accepted', 'Meaning'], Object.values(command.flags).map(flagRow)),
  ];
}

function flagRow(flag: Flag): readonly string[] {
  const { name, type, help, fallback, fallbackText = '' } = flag;
  const variable = envOf(flag);
  const shown = fallbackTextOf(flag);
  return [
    code(`--${name}`),
    variable === undefined ? '' : code(variable),
    fallback === undefined ? fallbackText : shown === undefined ? 'empty' : code(shown),
    type.form,
    `${help}.`,
  ];
}
