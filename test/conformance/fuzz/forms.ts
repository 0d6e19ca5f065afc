import { expect } from 'vitest';
import type { Applied, HoldersSnapshot, HoldingApplied, OrganizationSnapshot, SubjectLookup } from '../../../src/model/index.ts';
import { subjectKey } from '../../../src/model/index.ts';

/** Fails unless the value is what the contract of providers says that the operation gives. */
export function expectForm(operation: string, value: unknown, secrets: Iterable<string>): void {
  switch (operation) {
    case 'probe':
    case 'remove':
      expect(value).toBeUndefined();
      return;
    case 'observe':
      expectRoles(value as OrganizationSnapshot);
      return;
    case 'unknown':
      expectSortedTexts(value);
      return;
    case 'create':
    case 'update':
      expectText((value as Applied).externalID ?? 'absent');
      return;
    case 'lookup':
      expectLookups(value as readonly SubjectLookup[], secrets);
      return;
    case 'holders':
      expectHoldings(value as HoldersSnapshot);
      return;
    default:
      expectHoldingApplied(value as HoldingApplied);
  }
}

function expectRoles({ roles }: OrganizationSnapshot): void {
  expect(roles).toBeInstanceOf(Map);
  for (const [slug, role] of roles) {
    expect(role.ref.slug).toBe(slug);
    for (const text of [slug, role.externalID, role.ref.organization]) expectText(text);
    expect([typeof role.displayName, typeof role.description, typeof role.system]).toEqual(['string', 'string', 'boolean']);
    expectSortedTexts(role.permissions);
    expect(role.extras).toBeTypeOf('object');
    if (role.blastRadius !== undefined) expect(['low', 'medium', 'high', 'admin']).toContain(role.blastRadius.level);
    if (role.mark !== undefined) expect([typeof role.mark.cluster, typeof role.mark.object]).toEqual(['string', 'string']);
  }
}

function expectHoldings({ holdings }: HoldersSnapshot): void {
  if (holdings === undefined) return;
  for (const [key, { subject, roles, obstacle }] of holdings) {
    expect(subjectKey(subject)).toBe(key);
    expectText(subject.id);
    expectSortedTexts(roles);
    if (obstacle === undefined) continue;
    expect(['Inactive', 'Pending', 'DirectoryManaged']).toContain(obstacle.reason);
    // It names whom it is about, by an id that is the provider's word.
    expectShowable(obstacle.message, []);
  }
}

function expectLookups(lookups: readonly SubjectLookup[], secrets: Iterable<string>): void {
  expect(lookups).toHaveLength(3);
  for (const lookup of lookups) {
    if (lookup.state === 'found') {
      expectText(lookup.subject.id);
      continue;
    }
    expect(['unknown', 'ambiguous', 'unsupported']).toContain(lookup.state);
    expectShowable(lookup.message, secrets);
  }
}

function expectHoldingApplied({ roles, fallback }: HoldingApplied): void {
  if (roles !== undefined) expectSortedTexts(roles);
  if (fallback !== undefined) expectText(fallback);
}

function expectText(value: unknown): void {
  expect(value).toBeTypeOf('string');
  expect(value).not.toBe('');
}

function expectSortedTexts(value: unknown): void {
  const texts = value as readonly string[];
  for (const text of texts) expectText(text);
  expect(texts).toEqual([...new Set(texts)].sort());
}

/** Fails unless a text can stand in a condition. */
export function expectShowable(text: string, secrets: Iterable<string>): void {
  for (const secret of secrets) expect(text, 'a credential is shown').not.toContain(secret);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.isWellFormed()).toBe(true);
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThan(1_500);
}
