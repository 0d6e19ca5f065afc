import { expect, it } from 'vitest';
import { docsPage } from './docs-page.ts';
import type { Figure } from './figures.ts';

const machine = { cores: 2, memoryGiB: 8, node: 'v24.1.0', load: 0.25 };
const args = '--roles 1000,5000 --samples 200 --subjects 2000';

const figures: readonly Figure[] = [
  { benchmark: 'ready', size: 1_000, name: 'all Ready', value: 8.5, unit: 's', runs: [8, 8.5, 9] },
  { benchmark: 'ready', size: 5_000, name: 'all Ready', value: 42, unit: 's' },
  { benchmark: 'latency', size: 1_000, name: 'p50', value: 10, unit: 'ms' },
  { benchmark: 'memory', size: 5_000, name: 'peak', value: 170, unit: 'MB', aim: 200 },
  { benchmark: 'bindings', size: 2_000, name: 'cold start: writes', value: 0, unit: '', aim: 0, runs: [0, 0, 0] },
];

it('says which run it was made of, and on what', () => {
  const page = docsPage({ machine, figures, args });
  expect(page).toContain(`node bench/main.ts ${args}`);
  expect(page).toContain('2 cores with a load of 0.3 before the run, 8 GiB of memory, Node.js 24.1.0');
  expect(page).toContain('2,000 users are members of 4 organizations');
});

it('has one table of Roles and one of RoleBindings, each with the sizes that were measured', () => {
  const [, roles = '', bindings = ''] = docsPage({ machine, figures, args }).split(/^## (?:Roles|RoleBindings)$/m);
  expect(roles).toContain('| benchmark | figure | 1,000 Roles | 5,000 Roles | aim |');
  expect(roles).toContain('| ready | all Ready | 8.5 s (3: 8 to 9) | 42 s |  |');
  expect(roles).toContain('| latency | p50 | 10 ms | not measured |  |');
  expect(roles).toContain('≤ 200 MB at 5,000');
  expect(bindings).toContain('| benchmark | figure | 2,000 subjects | aim |');
  expect(bindings).toContain('| bindings | cold start: writes | 0 | 0 |');
});
