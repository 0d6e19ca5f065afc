import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Node, Project, SyntaxKind } from 'ts-morph';
import { expect, test } from 'vitest';
import soak from '../../docs/soak.json' with { type: 'json' };
import { blows, edits, faults, handiwork, lies, soakMinutes } from '../../test/chaos/repertoire.ts';
import { clusterFaults } from '../../test/cluster-faults.ts';
import { guarantees } from '../../test/guarantees.ts';
import { cellsOf, faultNames, operationNames, subjectNames, subjects } from '../../test/matrix/cells.ts';
import { reliabilityPageEmitter } from './reliability-docs.ts';

const root = resolve(import.meta.dirname, '../..');
const project = new Project({ skipAddingFilesFromTsConfig: true });

test('every provider has each fault with each operation once, and what is left out has a sentence', () => {
  for (const subject of subjectNames) {
    const cells = cellsOf(subject);
    expect(new Set(cells.map(({ fault, operation }) => `${fault} ${operation}`)).size).toBe(faultNames.length * operationNames.length);
    for (const { skip, mustFail } of cells) {
      expect(skip ?? 'A sentence.').toMatch(/^[A-Z].*\.$/);
      expect(mustFail ?? 'A sentence.').toMatch(/^[A-Z].*\.$/);
    }
  }
});

test('no exception is one for nothing', () => {
  for (const name of subjectNames) {
    const reasons = cellsOf(name).flatMap(({ skip, mustFail }) => [skip, mustFail]);
    const { skip, mustFail } = subjects[name];
    for (const { reason } of [...skip, ...mustFail]) expect(reasons, name).toContain(reason);
  }
});

test('the page counts the cells and links to pages that exist', async () => {
  const [file] = await reliabilityPageEmitter().emit();
  const text = file?.text ?? '';
  const cells = subjectNames.flatMap(cellsOf);
  expect(text).toContain(`${cells.filter(({ skip }) => skip === undefined).length} combinations`);
  const rows = text.split('\n').filter((line) => faultNames.some((fault) => line.startsWith(`| ${fault} |`)));
  expect(rows).toHaveLength(faultNames.length);
  for (const subject of subjectNames)
    expect(existsSync(resolve(root, 'docs/providers', `${subjects[subject].type}.md`)), subject).toBe(true);
});

test('the page names whatever happens in a chaos run', async () => {
  const [file] = await reliabilityPageEmitter().emit();
  const named = [...Object.values({ ...edits, ...handiwork, ...blows }), ...[...faults, ...lies].map(({ name }) => name)];
  for (const each of named) expect(file?.text).toContain(`\n- ${each}\n`);
});

test('the soak whose figures the page shows was a whole one, and what it found is told', async () => {
  const [file] = await reliabilityPageEmitter().emit();
  expect(soak.minutes).toBeGreaterThanOrEqual(soakMinutes);
  expect(soak.seconds.dying + soak.seconds.living).toBeGreaterThanOrEqual(soakMinutes * 60);
  expect(Object.keys(soak.blows).sort()).toEqual(Object.keys(blows).sort());
  for (const problem of soak.problems) expect(file?.text).toContain(problem);
});

const proven = [...guarantees, ...clusterFaults.map(({ fault, proofs }) => ({ name: fault, proofs }))];

test.each(proven.flatMap(({ name, proofs }) => proofs.map((proof) => ({ name, ...proof }))))(
  '$name: $file has the test “$title”',
  ({ file, title }) => {
    const titles = titlesOf(file);
    if (title === undefined) expect(titles).not.toEqual([]);
    else expect(titles).toContain(title);
  },
);

/** The titles of a file's tests as they are spelled; that of a template is its source. */
function titlesOf(file: string): string[] {
  const source = project.addSourceFileAtPath(resolve(root, file));
  return source.getDescendantsOfKind(SyntaxKind.CallExpression).flatMap((call) => {
    const [title, body] = call.getArguments();
    if (!/^(?:it|test)\b/.test(call.getExpression().getText()) || body === undefined) return [];
    if (Node.isStringLiteral(title) || Node.isNoSubstitutionTemplateLiteral(title)) return [title.getLiteralText()];
    return Node.isTemplateExpression(title) ? [title.getText()] : [];
  });
}
