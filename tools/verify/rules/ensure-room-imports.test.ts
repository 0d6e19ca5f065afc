import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureRoomImports } from './ensure-room-imports.ts';

test.each([
  { reason: 'a room that the table allows', from: 'src/api/a.ts', text: "import { a } from '../model/index.ts';" },
  { reason: 'the same room', from: 'src/lib/a.ts', text: "import { b } from './b.ts';" },
  { reason: 'types where only types are allowed', from: 'src/model/a.ts', text: "import type { Clock } from '../lib/index.ts';" },
  {
    reason: 'names marked as types one by one',
    from: 'src/model/a.ts',
    text: "import { type Clock, type Random } from '../lib/index.ts';",
  },
  { reason: 'the contract of providers', from: 'src/reconcile/a.ts', text: "import { a } from '../providers/contract.ts';" },
  { reason: 'plain values of kube', from: 'src/reconcile/a.ts', text: "import { resources } from '../kube/resources.ts';" },
  { reason: 'types from anywhere in queue', from: 'src/reconcile/a.ts', text: "import type { X } from '../queue/index.ts';" },
  {
    reason: 'main composes everything',
    from: 'src/main.ts',
    text: "import { a } from './providers/one/index.ts'; import { b } from './config.ts';",
  },
  { reason: 'a provider uses what providers share', from: 'src/providers/one/a.ts', text: "import { a } from '../http/index.ts';" },
  { reason: 'cli may use a provider', from: 'src/cli/a.ts', text: "import { a } from '../providers/one/index.ts';" },
  { reason: 'tests may import what they like', from: 'src/lib/a.test.ts', text: "import { a } from '../kube/index.ts';" },
  { reason: 'packages are no rooms', from: 'src/lib/a.ts', text: "import { a } from 'undici';" },
  {
    reason: 'what lies outside of src is not a room',
    from: 'src/cli/a.ts',
    text: "import m from '../../package.json' with { type: 'json' };",
  },
])('allows $reason', ({ from, text }) => {
  expect(problemsIn(ensureRoomImports, { [from]: text })).toEqual([]);
});

test.each([
  {
    reason: 'against the direction',
    from: 'src/lib/a.ts',
    text: "import { a } from '../model/index.ts';",
    says: /lib may not import model: it imports no other room/,
  },
  { reason: 'by a type', from: 'src/plan/a.ts', text: "import type { A } from '../api/index.ts';", says: /plan may not import api.*model/ },
  { reason: 'by a re-export', from: 'src/plan/a.ts', text: "export * from '../kube/index.ts';", says: /plan may not import kube/ },
  {
    reason: 'while running',
    from: 'src/plan/a.ts',
    text: "export const a = () => import('../kube/index.ts');",
    says: /plan may not import kube/,
  },
  {
    reason: 'by a type expression',
    from: 'src/plan/a.ts',
    text: "export type A = import('../kube/index.ts').A;",
    says: /plan may not import kube/,
  },
  {
    reason: 'values where only types are allowed',
    from: 'src/model/a.ts',
    text: "import { sleep } from '../lib/index.ts';",
    says: /only what is imported with `import type`/,
  },
  {
    reason: 'one value among types',
    from: 'src/model/a.ts',
    text: "import { type Clock, sleep } from '../lib/index.ts';",
    says: /only what is imported/,
  },
  {
    reason: 'values of the room kube',
    from: 'src/reconcile/a.ts',
    text: "import { createKubeApi } from '../kube/index.ts';",
    says: /from kube only types.ts, resources.ts/,
  },
  {
    reason: 'a provider from shared code',
    from: 'src/reconcile/a.ts',
    text: "import { a } from '../providers/one/index.ts';",
    says: /only drivers.ts, main.ts and cli .*one/,
  },
  {
    reason: 'a provider from the index of providers',
    from: 'src/providers/index.ts',
    text: "export * from './one/index.ts';",
    says: /only drivers.ts, main.ts and cli/,
  },
  {
    reason: 'one provider from another',
    from: 'src/providers/one/a.ts',
    text: "import { b } from '../two/b.ts';",
    says: /may not import another \(two\)/,
  },
  {
    reason: 'a provider from what providers share',
    from: 'src/providers/http/a.ts',
    text: "import { b } from '../two/b.ts';",
    says: /two/,
  },
  { reason: 'the configuration', from: 'src/cli/a.ts', text: "import { c } from '../config.ts';", says: /only main.ts imports config.ts/ },
  { reason: 'main', from: 'src/cli/a.ts', text: "import { c } from '../main.ts';", says: /nothing imports main.ts/ },
  { reason: 'nothing, in a room that nobody knows', from: 'src/misc/a.ts', text: 'export {};', says: /misc is no room/ },
])('refuses importing $reason', ({ from, text, says }) => {
  expect(problemsIn(ensureRoomImports, { [from]: text })).toEqual([expect.stringMatching(says)]);
});

test('says where: the line of the import', () => {
  const text = "import { a } from './a.ts';\n\nimport { b } from '../kube/index.ts';\n";
  expect(problemsIn(ensureRoomImports, { 'src/lib/x.ts': text })[0]).toMatch(/^src\/lib\/x\.ts:3: /);
});
