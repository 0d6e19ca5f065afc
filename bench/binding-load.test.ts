import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Role, RoleBinding } from '../src/api/index.ts';
import {
  bindingCount,
  bindingManifests,
  bindingSeed,
  membershipPages,
  organizationCount,
  roleManifests,
  usersPerBinding,
  usersPerOrganization,
  wideBinding,
  wideSubjects,
  wideSubjectsWithout,
} from './binding-load.ts';

interface Seed {
  readonly organizations: readonly { readonly id: string; readonly members: readonly { readonly user: string }[] }[];
}

const sizes = fc.integer({ min: 1, max: 3 * usersPerOrganization + 7 });
const idsOf = ({ spec }: RoleBinding): readonly string[] => spec.subjects.map(({ id }) => id ?? '');

describe('the load of RoleBindings', () => {
  it('names every user once, in a RoleBinding whose Role is of the organization that the user is a member of', () => {
    fc.assert(
      fc.property(sizes, (subjects) => {
        const bindings = bindingManifests(subjects) as readonly RoleBinding[];
        const roles = new Map((roleManifests(subjects) as readonly Role[]).map((role) => [role.metadata.name, role.spec.organization]));
        const { organizations } = bindingSeed(subjects) as Seed;
        const members = new Map(organizations.map(({ id, members: all }) => [id, new Set(all.map(({ user }) => user))]));
        expect(new Set(bindings.flatMap(idsOf)).size).toBe(subjects);
        expect(bindings.flatMap(idsOf)).toHaveLength(subjects);
        for (const binding of bindings) {
          const home = members.get(roles.get(binding.spec.roleRef.name ?? '') ?? '');
          expect(idsOf(binding).every((id) => home?.has(id))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('fills organizations and RoleBindings up and lets the last ones be smaller', () => {
    fc.assert(
      fc.property(sizes, (subjects) => {
        const sizesOfBindings = (bindingManifests(subjects) as readonly RoleBinding[]).map((binding) => binding.spec.subjects.length);
        expect(sizesOfBindings).toHaveLength(bindingCount(subjects));
        expect(roleManifests(subjects)).toHaveLength(bindingCount(subjects));
        expect(sizesOfBindings.slice(0, -1).every((size) => size === usersPerBinding)).toBe(true);
        // One more for the wide RoleBinding.
        expect((bindingSeed(subjects) as Seed).organizations).toHaveLength(organizationCount(subjects) + 1);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    { subjects: 1, pages: 1, reason: 'a page is read for one member too' },
    { subjects: 500, pages: 5, reason: 'pages hold a hundred members' },
    { subjects: 501, pages: 6, reason: 'the second organization has a page of its own' },
    { subjects: 10_000, pages: 100, reason: 'twenty organizations of five pages' },
  ])('takes $pages pages of members for $subjects subjects: $reason', ({ subjects, pages }) => {
    expect(membershipPages(subjects)).toBe(pages);
  });
});

describe('the wide RoleBinding', () => {
  it('names as many as one may, and leaves out the one that it is told to', () => {
    const all = idsOf(wideBinding() as RoleBinding);
    const left = (wideSubjectsWithout(137) as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(new Set(all).size).toBe(wideSubjects);
    expect(all.filter((id) => !left.includes(id))).toEqual([all[137]]);
  });
});
