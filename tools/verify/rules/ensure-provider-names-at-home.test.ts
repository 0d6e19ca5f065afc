import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureProviderNamesAtHome } from './ensure-provider-names-at-home.ts';

const api = {
  'src/api/provider.ts': 'export interface ProviderSpecBase<R> { acme?: AcmeSettings<R>; other?: OtherSettings<R>; interval?: string }',
};

test.each([
  { reason: 'in its own folder', path: 'src/providers/acme/a.ts', text: "export const a = 'acme';" },
  { reason: 'in main', path: 'src/main.ts', text: "export const a = 'acme';" },
  { reason: 'in cli', path: 'src/cli/a.ts', text: "export const a = 'acme';" },
  { reason: 'in emulators', path: 'src/emulators/a.ts', text: "export const a = 'acme';" },
  { reason: 'in a test', path: 'src/reconcile/a.test.ts', text: "export const a = 'acme';" },
  { reason: 'as a path of an import', path: 'src/cli2/a.ts', text: "export * from '../providers/acme/index.ts';" },
  { reason: 'inside of another word', path: 'src/reconcile/a.ts', text: "export const a = 'acmeist';" },
  { reason: 'in a comment', path: 'src/reconcile/a.ts', text: '// acme does it so\nexport const a = 1;' },
])('a name may stand $reason', ({ path, text }) => {
  expect(problemsIn(ensureProviderNamesAtHome, { ...api, [path]: text })).toEqual([]);
});

test.each([
  { reason: 'as a text', text: "export const a = (type: string) => type === 'acme';" },
  { reason: 'as a part of a text', text: "export const a = 'Acme says no';" },
  { reason: 'in a template', text: ['export const a = (id: string) => `acme/$', '{id}`;'].join('') },
  { reason: 'as a property', text: 'export const a = (spec: Spec) => spec.acme;' },
])('refuses it in shared code $reason', ({ text }) => {
  const problems = problemsIn(ensureProviderNamesAtHome, { ...api, 'src/reconcile/a.ts': text });
  expect(problems).toEqual([expect.stringContaining('the name acme')]);
});

test('refuses it in the folder of another provider', () => {
  expect(problemsIn(ensureProviderNamesAtHome, { ...api, 'src/providers/other/a.ts': "export const a = 'acme';" })).toHaveLength(1);
});
