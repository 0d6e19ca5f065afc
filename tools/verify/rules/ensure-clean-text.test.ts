import { expect, test } from 'vitest';
import { formatProblem } from '../problem.ts';
import { alwaysForbidden, ensureCleanText, forbiddenOnThisMachine } from './ensure-clean-text.ts';

/** Put together here: this file must keep the rule, too. */
const path = (...parts: readonly string[]): string => `/${parts.join('/')}/`;
const host = (...parts: readonly string[]): string => parts.join('.');

function problemsOf(text: string, forbidden = alwaysForbidden): readonly string[] {
  const lines: string[] = [];
  ensureCleanText([{ path: 'docs/a.md', text }], (problem) => lines.push(formatProblem(problem)), forbidden);
  return lines;
}

test.each([
  { reason: 'paths of the project', text: 'see src/work/a.ts and ./root/b' },
  { reason: 'paths in a container', text: '/var/run/secrets and /etc/kubernetes' },
  { reason: 'home of whoever reads', text: '~/.kube/config' },
  { reason: 'images', text: 'ghcr.io/rolekeeper/rolekeeper' },
])('allows $reason', ({ text }) => {
  expect(problemsOf(text)).toEqual([]);
});

test.each([
  { reason: 'a work folder', text: `cd ${path('work', 'x')}` },
  { reason: 'the home of root', text: `"${path('root')}.npmrc"` },
  { reason: 'the home of a person', text: `file://${path('home', 'ada')}x` },
  { reason: 'a registry', text: `https://${host('registry', 'npmjs', 'org')}/x` },
  { reason: 'a proxy of modules', text: `GOPROXY=https://${host('proxy', 'golang', 'org')}` },
])('refuses $reason', ({ text }) => {
  expect(problemsOf(`fine\n${text}`)).toEqual([expect.stringMatching(/^docs\/a\.md:2: must not stand here/)]);
});

test('refuses what is true on this machine only', () => {
  const env = { npm_config_registry: 'https://npm.example.test:8443/repo/', GOPROXY: 'https://go.example.test,direct' };
  const forbidden = forbiddenOnThisMachine('/srv/clone', env);
  expect(problemsOf('at /srv/clone/src', forbidden)).toHaveLength(1);
  expect(problemsOf('from npm.example.test:8443', forbidden)).toHaveLength(1);
  expect(problemsOf('via go.example.test', forbidden)).toHaveLength(1);
  expect(problemsOf('npm-example-test', forbidden)).toEqual([]);
});

test('a machine without settings forbids nothing but its path', () => {
  expect(forbiddenOnThisMachine('/srv/clone', {})).toHaveLength(1);
});
