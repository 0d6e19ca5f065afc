import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { inRepository } from '../lib/index.ts';
import { adviceOf, installScripts, type Lock, type LockedPackage, type Manifest, packageProblems } from './index.ts';

const readJson = async (name: string): Promise<unknown> => JSON.parse(await readFile(inRepository(name), 'utf8'));

describe('the packages of this project', () => {
  it('are pinned, run nothing unasked when they are installed, and come under permitted licences', async () => {
    const [manifest, lock] = [(await readJson('package.json')) as Manifest, (await readJson('package-lock.json')) as Lock];
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(packageProblems(manifest, lock)).toEqual([]);
    const allowed = Object.entries(manifest.allowScripts ?? {}).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []));
    expect(allowed).toEqual(Object.keys(installScripts));
  });
});

describe('packageProblems', () => {
  const good: LockedPackage = { version: '1.0.0', license: 'MIT', integrity: 'sha512-abc' };
  const problemsOf = (entry: LockedPackage, manifest: Manifest = {}) =>
    packageProblems(manifest, { packages: { '': {}, 'node_modules/a/node_modules/thing': { ...good, ...entry } } });

  const cases: readonly { reason: string; entry?: LockedPackage; manifest?: Manifest; says: string[] }[] = [
    { reason: 'a package as it should be', says: [] },
    {
      reason: 'a range',
      manifest: { dependencies: { thing: '^1.0.0' } },
      says: ['thing is not pinned: package.json says ^1.0.0'],
    },
    { reason: 'a weak digest', entry: { integrity: 'sha1-abc' }, says: ['thing 1.0.0 is not pinned to its content'] },
    { reason: 'a link', entry: { link: true }, says: ['thing 1.0.0 is not pinned to its content'] },
    {
      reason: 'another origin',
      entry: { resolved: 'git+ssh://git@example.com/thing.git' },
      says: ['thing 1.0.0 names the place that it comes from'],
    },
    { reason: 'a licence', entry: { license: 'AGPL-3.0' }, says: ['thing 1.0.0 comes under AGPL-3.0, which nobody has permitted'] },
    {
      reason: 'a tool’s licence of what is shipped',
      entry: { license: 'MPL-2.0' },
      says: [expect.stringContaining('MPL-2.0')] as string[],
    },
    { reason: 'a tool’s licence of a tool', entry: { license: 'MPL-2.0', dev: true }, says: [] },
    {
      reason: 'a script that nobody knows of',
      entry: { hasInstallScript: true },
      says: ["thing 1.0.0 runs something when it is installed, and allowScripts doesn't name it"],
    },
    { reason: 'a script that is refused', entry: { hasInstallScript: true }, manifest: { allowScripts: { thing: false } }, says: [] },
    {
      reason: 'a script that is allowed for no reason',
      entry: { hasInstallScript: true },
      manifest: { allowScripts: { thing: true } },
      says: ['allowScripts lets thing run something, and nobody has said why'],
    },
    {
      reason: 'a name that is left over',
      manifest: { allowScripts: { thing: false } },
      says: ['allowScripts names thing, which runs nothing when it is installed'],
    },
  ];
  it.each(cases)('$reason', ({ entry = {}, manifest, says }) => {
    expect(problemsOf(entry, manifest)).toEqual(says);
  });
});

describe('adviceOf', () => {
  it('names what is vulnerable', () => {
    const vulnerabilities = { b: { severity: 'high', range: '<2' }, a: { severity: 'low', range: '*' } };
    expect(adviceOf(JSON.stringify({ vulnerabilities }))).toEqual({ kind: 'answered', vulnerable: ['a *: low', 'b <2: high'] });
  });

  it('takes an answer without vulnerabilities for what it is', () => {
    expect(adviceOf('{"vulnerabilities":{}}')).toEqual({ kind: 'answered', vulnerable: [] });
  });

  it('takes no answer for a good one', () => {
    expect(adviceOf('{"message":"405 Method Not Allowed"}')).toEqual({ kind: 'unanswered', why: '405 Method Not Allowed' });
    expect(adviceOf('{"error":{"summary":"offline"}}')).toEqual({ kind: 'unanswered', why: 'offline' });
    expect(adviceOf('{}')).toEqual({ kind: 'unanswered', why: 'npm gave no reason' });
    expect(adviceOf('')).toEqual({ kind: 'unanswered', why: 'npm printed no JSON' });
  });
});
