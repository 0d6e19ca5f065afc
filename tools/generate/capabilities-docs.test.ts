import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { drivers } from '../../src/drivers.ts';
import { capabilitiesPageEmitter, readCapabilities } from './capabilities-docs.ts';

const root = resolve(import.meta.dirname, '../..');

test('every capability of every driver is described', () => {
  const described = readCapabilities(root).map(({ name }) => name);
  for (const { capabilities } of drivers) expect(described).toEqual(expect.arrayContaining(Object.keys(capabilities)));
});

test('the page says what the drivers say, and links to pages that exist', async () => {
  const [file] = await capabilitiesPageEmitter(root).emit();
  const rows = (file?.text ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const types = drivers.map(({ type }) => type).sort();
  for (const row of rows) {
    const [name = '', ...answers] = row.split(' | ').map((cell) => cell.replace(/^\| /, ''));
    const capability = name.replaceAll('`', '');
    const said = types.flatMap((type) => {
      const driver = drivers.find((each) => each.type === type);
      return [driver?.capabilities, ...Object.values(driver?.lesser ?? {})] as unknown as Record<string, boolean>[];
    });
    expect(answers.slice(0, said.length), capability).toEqual(said.map((own) => (own[capability] ? 'yes' : '–')));
  }
  expect(rows).toHaveLength(readCapabilities(root).length);
  for (const type of types) expect(existsSync(resolve(root, 'docs/providers', `${type}.md`)), type).toBe(true);
});
