import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant, ProviderRef } from '../../src/api/index.ts';
import { drivers } from '../../src/drivers.ts';
import type { Refusal } from '../../src/model/index.ts';
import type { Connection } from '../../src/reconcile/connections.ts';
import { limitRole } from '../../src/reconcile/role-limits.ts';
import { AdmissionCluster, type LimitedProvider } from '../support/admission.ts';

let admission: AdmissionCluster;
let namespace: string;

beforeAll(async () => {
  admission = await AdmissionCluster.start();
  namespace = await admission.cluster.createNamespace('team');
});

afterAll(async () => admission?.[Symbol.asyncDispose]());

/** Also with what means something in CEL and in regular expressions. */
const allGlobs = [
  '*',
  'a',
  'b.a',
  'a*',
  '*b',
  'b*a',
  'ab',
  'a*b',
  'A*',
  '*.b',
  'a.*.b',
  'a/b:*',
  'a_*_b',
  'a|b',
  '(a',
  'a\nb',
  'é*',
  '.*',
  '[ab]',
].concat(['\\E*', '\\E.\\Q', '\\Ea|b\\Q', 'a\\']);
const glob = fc.constantFrom(...allGlobs.filter((each) => !each.includes('\n')));
const globs = fc.uniqueArray(glob, { maxLength: 4 });
const list = fc.option(
  fc.record({
    allow: fc.option(globs, { nil: undefined }),
    deny: fc.option(fc.uniqueArray(glob, { maxLength: 2 }), { nil: undefined, freq: 1 }),
  }),
  { nil: undefined, freq: 1 },
);
const grant: fc.Arbitrary<Grant> = fc
  .record({
    namespaces: fc.uniqueArray(fc.constantFrom('team-*', '*', 'other', 'te', 'TEAM-*'), { minLength: 1, maxLength: 2 }),
    organizations: list,
    slugs: list,
    permissions: list,
    maxBlastRadius: fc.option(fc.constantFrom('low', 'medium', 'high', 'admin' as const), { nil: undefined, freq: 3 }),
  })
  .map((each) => JSON.parse(JSON.stringify(each)) as Grant);
const limits = fc
  .record({
    grants: fc.option(fc.array(grant, { maxLength: 4 }), { nil: undefined, freq: 20 }),
    protectedSlugs: fc.option(fc.uniqueArray(glob, { maxLength: 1 }), { nil: undefined, freq: 1 }),
    type: fc.constantFrom('workos', 'klustr', 'frontier' as const),
    kind: fc.constantFrom('RoleProvider', 'ClusterRoleProvider' as const),
  })
  .map(({ grants, protectedSlugs, type, kind }) => ({
    kind,
    limits: { type, ...(grants && { grants }), ...(protectedSlugs && { guardrails: { protectedSlugs } }) } satisfies LimitedProvider,
  }));
/** Names that both a Role and a provider's own rules for its spelling take. */
const slug = fc.constantFrom('a', 'b', 'ab', 'Ab', 'aab', 'b.a', 'ba');
const plainPermissions = ['a', 'b', 'ab', 'Ab', 'aab', 'ba', 'a.c.b', 'a/b:c', 'a_c_b', 'b.a'];
const openPermissions = ['*', 'a*', '*b', 'a*b', 'a.*', '*.*', 'a/b:*', 'b*'];
const permissions = fc.oneof(
  fc.uniqueArray(fc.constantFrom(...plainPermissions), { maxLength: 5 }),
  fc.uniqueArray(fc.constantFrom(...openPermissions, 'b.a', 'ab'), { maxLength: 5 }),
);
const role = fc.record({ organization: fc.constantFrom('a', 'b', 'ab', '*', 'a*', 'b.a'), slug, permissions });
const external = fc.record({
  organization: fc.constantFrom('a', 'b', 'ab', '*', 'b*'),
  slug: fc.oneof(slug, fc.constantFrom('*', 'a*', 'A:b')),
});

interface Judged {
  readonly organization: string;
  readonly slug: string;
  readonly permissions: readonly string[] | undefined;
}

/** What the operator says. Without the blast radius and what it can't read it is what the policies can tell as well. */
function operatorSays({ type, grants, guardrails }: LimitedProvider, judged: Judged): Refusal | undefined {
  const driver = drivers.find((each) => each.type === type);
  if (driver === undefined) throw new Error(`there is no driver ${type}`);
  const spell = (part: 'slug' | 'permission', text: string): string => driver.canonicalGlob?.(part, text) ?? text;
  const connection = { key: 'RoleProvider/team/default', driver, limits: { grants, guardrails } } as unknown as Connection;
  return limitRole(connection, {
    namespace,
    organization: judged.organization,
    slug: spell('slug', judged.slug),
    permissions: judged.permissions?.map((permission) => spell('permission', permission)),
  });
}

function without(parts: readonly (keyof Grant)[], given: LimitedProvider): LimitedProvider {
  const grants = given.grants?.map(
    (each) => Object.fromEntries(Object.entries(each).filter(([key]) => !parts.includes(key as keyof Grant))) as unknown as Grant,
  );
  return { ...given, ...(grants && { grants }) };
}

const name = (): string => `r-${randomBytes(5).toString('hex')}`;

/** The one provider object of its kind, with these limits from now on: each that there is would be asked each time. */
async function provide(kind: 'RoleProvider' | 'ClusterRoleProvider', given: LimitedProvider): Promise<Required<ProviderRef>> {
  const ref = { kind, name: 'tried' };
  await admission.putProvider(ref, namespace, given);
  return ref;
}

/** What a glob with a line break has to do with a name that has `*` is left to the operator. */
function namesFor(part: 'permissions' | 'organizations', tried: string): readonly string[] {
  const names = tried.includes('\n') ? plainPermissions : [...plainPermissions, ...openPermissions];
  return names.filter((each) => part === 'permissions' || !each.includes('/'));
}

describe('the admission policies', () => {
  const parts = (['workos', 'frontier'] as const).flatMap((type) =>
    (['permissions', 'organizations'] as const).flatMap((part) => (['allow', 'deny'] as const).map((list) => ({ type, part, list }))),
  );
  it.each(parts)(
    'compare every glob that stands in $list of $part with every name as the operator does ($type)',
    async ({ type, part, list }) => {
      for (const tried of allGlobs) {
        const given: LimitedProvider = { type, grants: [{ namespaces: ['*'], [part]: { [list]: [tried] } }] };
        const providerRef = await provide('RoleProvider', given);
        await Promise.all(
          namesFor(part, tried).map(async (text) => {
            const isPermission = part === 'permissions';
            const each = { organization: isPermission ? 'o' : text, slug: 's', permissions: [isPermission ? text : 'p'] };
            const { isRefused } = await admission.judge('Role', namespace, { metadata: { name: name() }, spec: { ...each, providerRef } });
            expect(isRefused, `${tried} and ${text}`).toBe(operatorSays(given, each) !== undefined);
          }),
        );
      }
    },
  );

  it('refuse of Roles what the operator refuses, but for the blast radius, and nothing else', async () => {
    const seen = { refused: 0, accepted: 0 };
    await fc.assert(
      fc.asyncProperty(limits, fc.array(role, { minLength: 8, maxLength: 8 }), async ({ kind, limits: given }, roles) => {
        const providerRef = await provide(kind, given);
        for (const each of roles) {
          const spec = { ...each, providerRef, allowEmpty: true };
          const { isRefused, message } = await admission.judge('Role', namespace, { metadata: { name: name() }, spec });
          const expected = operatorSays(without(['maxBlastRadius'], given), each);
          expect({ isRefused, message }, JSON.stringify(each)).toMatchObject({ isRefused: expected !== undefined });
          if (isRefused) expect(operatorSays(given, each)).toBeDefined();
          seen[isRefused ? 'refused' : 'accepted'] += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.refused, seen.accepted)).toBeGreaterThan(100);
  });

  it('refuse of RoleBindings to external roles what the operator refuses by organization and slug', async () => {
    const seen = { refused: 0, accepted: 0 };
    await fc.assert(
      fc.asyncProperty(limits, fc.array(external, { minLength: 8, maxLength: 8 }), async ({ kind, limits: given }, roles) => {
        const providerRef = await provide(kind, given);
        for (const each of roles) {
          const spec = { roleRef: { external: { ...each, providerRef } }, subjects: [{ id: 'user_1' }] };
          const { isRefused, message } = await admission.judge('RoleBinding', namespace, { metadata: { name: name() }, spec });
          const expected = operatorSays(without(['permissions', 'maxBlastRadius'], given), { ...each, permissions: [] });
          expect({ isRefused, message }, JSON.stringify(each)).toMatchObject({ isRefused: expected !== undefined });
          if (isRefused) expect(operatorSays(given, { ...each, permissions: undefined })).toBeDefined();
          seen[isRefused ? 'refused' : 'accepted'] += 1;
        }
      }),
      { numRuns: 120 },
    );
    expect(Math.min(seen.refused, seen.accepted)).toBeGreaterThan(50);
  });
});
