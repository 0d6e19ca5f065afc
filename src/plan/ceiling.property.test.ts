import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlastRadiusLevel, CeilingGlobs, CeilingGrant, CeilingInput } from './index.ts';
import { blastRadiusLevels, checkCeiling, matches } from './index.ts';

const names = ['a', 'b', 'aa', 'ab', 'ba', 'bb', 'c'];
const glob = fc.constantFrom('*', 'a', 'b', 'a*', '*b', 'b*a', 'ab', 'a*b');
const globs = fc.array(glob, { maxLength: 3 });
const filter: fc.Arbitrary<CeilingGlobs | undefined> = fc.option(
  fc.record({ allow: fc.option(globs, { nil: undefined }), deny: fc.option(fc.array(glob, { maxLength: 1 }), { nil: undefined }) }),
  { nil: undefined },
);
const level = fc.constantFrom<BlastRadiusLevel>(...blastRadiusLevels);
const grantFor = (namespaces: fc.Arbitrary<readonly string[]>): fc.Arbitrary<CeilingGrant> =>
  fc.record({
    namespaces,
    organizations: filter,
    slugs: filter,
    permissions: filter,
    maxBlastRadius: fc.option(level, { nil: undefined }),
  });
const own = grantFor(fc.constantFrom(['team'], ['other', 't*'], ['*']));
const foreign = grantFor(fc.constantFrom(['other'], ['te'], ['team-*', 'Team'], []));
const permission = fc.oneof(fc.constantFrom(...names), glob);
const input: fc.Arbitrary<CeilingInput> = fc.record({
  grants: fc.option(fc.array(fc.oneof({ weight: 3, arbitrary: own }, foreign), { maxLength: 4 }), { nil: undefined, freq: 20 }),
  provider: fc.constant('RoleProvider "team/default"'),
  namespace: fc.constant('team'),
  organization: fc.constantFrom(...names),
  slug: fc.constantFrom(...names),
  permissions: fc.option(fc.array(permission, { maxLength: 4 }), { nil: undefined, freq: 10 }),
  blastRadius: fc.option(level, { nil: undefined }),
});
const runs = { numRuns: 1_000 };

const letters = ['a', 'b', 'c'];
const longer = (texts: readonly string[]): readonly string[] => texts.flatMap((text) => letters.map((letter) => `${text}${letter}`));
/** Every text up to four letters, one of which no glob names: enough to tell the globs above apart. */
const texts = ['', ...letters, ...longer(letters), ...longer(longer(letters)), ...longer(longer(longer(letters)))];
/** Whatever a permission could come to stand for. */
const meanings = (given: string): readonly string[] => texts.filter((text) => matches(given, text));

/** The rules, one text at a time. */
function isAllowed({ grants, namespace, organization, slug, permissions, blastRadius }: CeilingInput): boolean {
  if (grants === undefined) return true;
  const mine = grants.filter(({ namespaces }) => namespaces.some((each) => matches(each, namespace)));
  const granted = (permissions ?? ['*']).flatMap(meanings);
  const denies = (part: CeilingGlobs | undefined, text: string): boolean => (part?.deny ?? []).some((each) => matches(each, text));
  const allows = (part: CeilingGlobs | undefined, text: string): boolean =>
    part?.allow === undefined || part.allow.some((each) => matches(each, text));
  const reaches = (max: BlastRadiusLevel | undefined): boolean =>
    max === undefined ||
    (permissions !== undefined && blastRadius !== undefined && blastRadiusLevels.indexOf(blastRadius) <= blastRadiusLevels.indexOf(max));
  if (mine.some((grant) => denies(grant.organizations, organization) || denies(grant.slugs, slug))) return false;
  if (mine.some((grant) => granted.some((text) => denies(grant.permissions, text)))) return false;
  return mine.some(
    (grant) =>
      allows(grant.organizations, organization) &&
      allows(grant.slugs, slug) &&
      granted.every((text) => allows(grant.permissions, text)) &&
      reaches(grant.maxBlastRadius),
  );
}

describe('what a namespace may manage', () => {
  it('does not depend on the order of grants and permissions, nor on repetition', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { grants, permissions } = given;
        const shuffled = {
          ...given,
          grants: grants === undefined ? undefined : [...grants, ...grants].reverse(),
          permissions: permissions === undefined ? undefined : [...permissions, ...permissions].reverse(),
        };
        const [verdict, again] = [checkCeiling(given), checkCeiling(shuffled)];
        // One grant written twice is told as several.
        expect(again?.message.replace('the nearest of several entries of ', '')).toBe(
          verdict?.message.replace('the nearest of several entries of ', ''),
        );
      }),
      runs,
    );
  });

  it('has nothing to do with the grants of other namespaces, and tells nothing of them', () => {
    fc.assert(
      fc.property(input, fc.array(foreign, { maxLength: 3 }), (given, others) => {
        const { grants } = given;
        fc.pre(grants !== undefined);
        expect(checkCeiling({ ...given, grants: [...others, ...grants] })).toEqual(checkCeiling(given));
      }),
      runs,
    );
  });

  it('does not shrink by one more grant that denies nothing', () => {
    fc.assert(
      fc.property(input, own, (given, { organizations, slugs, permissions, ...grant }) => {
        fc.pre(given.grants !== undefined && checkCeiling(given) === undefined);
        const allowing = (globsOf: CeilingGlobs | undefined): CeilingGlobs | undefined => globsOf && { allow: globsOf.allow };
        const more = { ...grant, organizations: allowing(organizations), slugs: allowing(slugs), permissions: allowing(permissions) };
        expect(checkCeiling({ ...given, grants: [...given.grants, more] })).toBeUndefined();
      }),
      runs,
    );
  });

  it('does not grow by a denial, wherever it stands', () => {
    fc.assert(
      fc.property(input, fc.nat(), fc.constantFrom('organizations', 'slugs', 'permissions'), glob, (given, pick, part, denied) => {
        const { grants } = given;
        fc.pre(grants !== undefined && grants.length > 0 && checkCeiling(given) !== undefined);
        const stricter = grants.map((grant, index) =>
          index === pick % grants.length ? { ...grant, [part]: { ...grant[part], deny: [...(grant[part]?.deny ?? []), denied] } } : grant,
        );
        expect(checkCeiling({ ...given, grants: stricter })).toBeDefined();
      }),
      runs,
    );
  });

  it('holds every role with fewer permissions or a lesser reach than one that it holds', () => {
    fc.assert(
      fc.property(input, fc.nat(), fc.nat(), (given, keep, lower) => {
        fc.pre(checkCeiling(given) === undefined);
        const rank = given.blastRadius === undefined ? -1 : blastRadiusLevels.indexOf(given.blastRadius);
        const lesser = {
          ...given,
          permissions: given.permissions?.filter((_, index) => (keep >> index) % 2 === 0),
          blastRadius: rank === -1 ? given.blastRadius : blastRadiusLevels[lower % (rank + 1)],
        };
        expect(checkCeiling(lesser)).toBeUndefined();
      }),
      runs,
    );
  });

  it('is what the rules say of every text that a permission could stand for', () => {
    fc.assert(
      fc.property(input, (given) => {
        expect(checkCeiling(given) === undefined).toBe(isAllowed(given));
      }),
      { numRuns: 5_000 },
    );
  });
});
