import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensurePackagesAtHome } from './ensure-packages-at-home.ts';

test.each([
  { reason: 'at home', path: 'src/kube/a.ts', text: "import { KubeConfig } from '@kubernetes/client-node/dist/config.js';" },
  { reason: 'in the second home', path: 'src/lib/a.ts', text: "import { Agent } from 'undici';" },
  { reason: 'in the folder of one provider', path: 'src/providers/workos/a.ts', text: "import { WorkOS } from '@workos-inc/node';" },
  { reason: 'in a test', path: 'src/plan/a.test.ts', text: "import { test } from 'vitest';" },
  { reason: 'outside of the product', path: 'tools/a.ts', text: "import { Project } from 'ts-morph';" },
  { reason: 'when nobody owns it', path: 'src/kube/a.ts', text: "import { parse } from 'yaml';" },
])('a package may be imported $reason', ({ path, text }) => {
  expect(problemsIn(ensurePackagesAtHome, { [path]: text })).toEqual([]);
});

test.each([
  { reason: 'client-node', path: 'src/cache/a.ts', text: "import type { V1Lease } from '@kubernetes/client-node';", says: /kube only/ },
  {
    reason: 'a file inside of a package',
    path: 'src/cache/a.ts',
    text: "import { A } from 'undici/types';",
    says: /undici is known to kube and lib only/,
  },
  { reason: 'pino', path: 'src/controller/a.ts', text: "import { pino } from 'pino';", says: /telemetry only/ },
  {
    reason: 'another provider’s library',
    path: 'src/providers/frontier/a.ts',
    text: "import { WorkOS } from '@workos-inc/node';",
    says: /providers\/workos/,
  },
  { reason: 'a tool for tests', path: 'src/lib/a.ts', text: "import { vi } from 'vitest';", says: /tests and tools only/ },
  { reason: 'a package loaded while running', path: 'src/cache/a.ts', text: "export const a = import('undici');", says: /undici/ },
])('refuses $reason elsewhere', ({ path, text, says }) => {
  expect(problemsIn(ensurePackagesAtHome, { [path]: text })).toEqual([expect.stringMatching(says)]);
});
