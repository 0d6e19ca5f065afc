import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../model/index.ts';
import { normalize } from './normalize.ts';

const good: DesiredRole = {
  ref: { organization: 'org_123', slug: 'org-billing_clerk-2' },
  displayName: 'Billing clerk',
  permissions: ['users:write', 'reports.export_all-2', '*'],
  extras: {},
};

function problemsOf(change: Partial<DesiredRole>): readonly string[] {
  const outcome = normalize({ ...good, ...change });
  return outcome.ok ? [] : outcome.problems.map(({ field, message }) => `${field} ${message}`);
}

const slug = (text: string): Partial<DesiredRole> => ({ ref: { organization: 'org_123', slug: text } });

describe('a role that can be kept', () => {
  it('has its permissions sorted and nothing else changed', () => {
    expect(normalize(good)).toEqual({ ok: true, role: { ...good, permissions: ['*', 'reports.export_all-2', 'users:write'] } });
  });

  it.each([
    { reason: 'no name is declared', change: { displayName: undefined } as unknown as Partial<DesiredRole> },
    { reason: 'there are no permissions', change: { permissions: [] } },
    { reason: 'the slug is as long as may be', change: slug(`org-${'s'.repeat(44)}`) },
    { reason: 'the name is as long as may be', change: { displayName: 'n'.repeat(48) } },
    { reason: 'a permission is as long as may be', change: { permissions: ['p'.repeat(48)] } },
  ])('is one where $reason', ({ change }) => {
    expect(problemsOf(change)).toEqual([]);
  });
});

describe('a role that can not be kept', () => {
  const cases: readonly { reason: string; change: Partial<DesiredRole>; says: RegExp }[] = [
    { reason: 'a slug without its prefix', change: slug('billing'), says: /^spec\.slug .*for example "org-billing"$/ },
    { reason: 'a slug with capitals', change: slug('Org-Billing'), says: /^spec\.slug .*"org-billing"$/ },
    { reason: 'a slug of a prefix alone', change: slug('org-'), says: /^spec\.slug "org-" is not a slug that Karmo accepts/ },
    { reason: 'a slug with a dot', change: slug('org-a.b'), says: /"org-a-b"$/ },
    { reason: 'a slug that is too long', change: slug(`org-${'s'.repeat(45)}`), says: /^spec\.slug is 49 characters long; 48/ },
    { reason: 'an organization with a slash', change: { ref: { organization: 'a/b', slug: 'org-a' } }, says: /^spec\.organization "a\/b"/ },
    { reason: 'an organization that leads out', change: { ref: { organization: '..', slug: 'org-a' } }, says: /^spec\.organization/ },
    { reason: 'a blank name', change: { displayName: ' ' }, says: /^spec\.displayName is empty/ },
    { reason: 'a name that is too long', change: { displayName: 'n'.repeat(49) }, says: /^spec\.displayName is 49/ },
    { reason: 'a description', change: { description: 'x' }, says: /^spec\.description can't be kept/ },
    { reason: 'an empty description, which nobody could clear', change: { description: '' }, says: /^spec\.description can't be kept/ },
    { reason: 'a permission with capitals', change: { permissions: ['A:b'] }, says: /^spec\.permissions\[0\] .*did you mean "a:b"\?$/ },
    { reason: 'a permission with a space', change: { permissions: ['a b'] }, says: /^spec\.permissions\[0\] "a b" is not/ },
    { reason: 'an empty permission', change: { permissions: [''] }, says: /^spec\.permissions\[0\]/ },
    {
      reason: 'a permission twice',
      change: { permissions: ['a', 'b', 'a'] },
      says: /^spec\.permissions\[2\] "a" stands at spec\.permissions\[0\]/,
    },
    { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, says: /^spec\.stage/ },
  ];
  it.each(cases)('has $reason', ({ change, says }) => {
    expect(problemsOf(change)).toEqual([expect.stringMatching(says)]);
  });

  it('is told everything that is wrong at once', () => {
    expect(problemsOf({ ...slug('x'), displayName: '', permissions: ['A', 'B'] })).toHaveLength(4);
  });
});
