import { expect, test } from 'vitest';
import { countFlag, defineCommand, flag, optionalFlag, textFlag } from '../../src/cli/index.ts';
import { operatorFlags } from '../../src/config.ts';
import { flagsPageEmitter } from './flags-docs.ts';

test('the page has a row for every flag of the operator', async () => {
  const [file] = await flagsPageEmitter().emit();
  expect(file?.path).toBe('docs/reference/flags.md');
  for (const { name } of Object.values(operatorFlags)) {
    expect(file?.text).toContain(`| \`--${name}\` | \`ROLEKEEPER_`);
  }
});

test('a row says variable, default, accepted form and meaning', async () => {
  const command = defineCommand({
    name: 'pour',
    summary: 'Pour something',
    argument: { name: 'what', choices: { tea: 'hot' } },
    flags: {
      cups: flag({ name: 'cups', type: countFlag({ min: 1, max: 9 }), help: 'How many', fallback: 2 }),
      name: optionalFlag({ name: 'name', type: textFlag, help: 'For whom', fallbackText: 'nobody', env: false }),
    },
    run: async () => 0,
  });
  const [file] = await flagsPageEmitter([command]).emit();
  expect(file?.text).toContain('## `rolekeeper pour <what>`\n\nPour something.\n');
  expect(file?.text).toContain('| `tea` | hot |');
  expect(file?.text).toContain('| `--cups` | `ROLEKEEPER_CUPS` | `2` | a whole number from 1 to 9 | How many. |');
  expect(file?.text).toContain('| `--name` |  | nobody | a text that is not empty | For whom. |');
});
