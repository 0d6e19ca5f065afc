import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureNoImportCycles } from './ensure-no-import-cycles.ts';

test('a file may be imported in many ways, as long as none leads back', () => {
  const files = {
    'src/lib/a.ts': "import './b.ts'; import './c.ts';",
    'src/lib/b.ts': "import './d.ts';",
    'src/lib/c.ts': "import './d.ts';",
    'src/lib/d.ts': "import 'node:fs';",
  };
  expect(problemsIn(ensureNoImportCycles, files)).toEqual([]);
});

test('a circle is told once, as a way, at the import that it goes through', () => {
  const files = {
    'src/lib/a.ts': "\nimport './b.ts';",
    'src/lib/b.ts': "import type { C } from './c.ts';",
    'src/lib/c.ts': "export * from './a.ts';",
    'src/lib/outside.ts': "import './a.ts';",
  };
  expect(problemsIn(ensureNoImportCycles, files)).toEqual([
    'src/lib/a.ts:2: imports in a circle: src/lib/a.ts -> src/lib/b.ts -> src/lib/c.ts -> src/lib/a.ts',
  ]);
});

test('two circles through one file are two', () => {
  const files = {
    'src/lib/a.ts': "import './b.ts'; import './c.ts';",
    'src/lib/b.ts': "import './a.ts';",
    'src/lib/c.ts': "import './a.ts';",
  };
  expect(problemsIn(ensureNoImportCycles, files)).toHaveLength(2);
});

test('a file that imports itself is a circle', () => {
  expect(problemsIn(ensureNoImportCycles, { 'tools/a.ts': "import './a.ts';" })).toHaveLength(1);
});
