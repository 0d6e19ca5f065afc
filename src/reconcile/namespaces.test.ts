import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AllowedNamespaces, ClusterRoleProvider, LabelRequirement, LabelSelector } from '../api/index.ts';
import { namespaceAllowed, selectorMatches } from './namespaces.ts';

const requirement = (key: string, operator: LabelRequirement['operator'], values?: readonly string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe('selectorMatches', () => {
  it.each([
    { reason: 'an empty selector matches nothing', selector: {}, labels: { a: '1' }, is: false },
    { reason: 'nor does one with empty parts', selector: { matchLabels: {}, matchExpressions: [] }, labels: { a: '1' }, is: false },
    { reason: 'all labels must be equal', selector: { matchLabels: { a: '1', b: '2' } }, labels: { a: '1', b: '2', c: '3' }, is: true },
    { reason: 'one that differs is enough to fail', selector: { matchLabels: { a: '1', b: '2' } }, labels: { a: '1', b: '3' }, is: false },
    { reason: 'one that is missing is enough to fail', selector: { matchLabels: { a: '1', b: '2' } }, labels: { a: '1' }, is: false },
    { reason: 'a label may be empty', selector: { matchLabels: { a: '' } }, labels: { a: '' }, is: true },
    { reason: 'an empty label is not a missing one', selector: { matchLabels: { a: '' } }, labels: {}, is: false },
    { reason: 'In needs the label', selector: requirement('a', 'In', ['1', '2']), labels: {}, is: false },
    { reason: 'In takes any of its values', selector: requirement('a', 'In', ['1', '2']), labels: { a: '2' }, is: true },
    { reason: 'In takes no other value', selector: requirement('a', 'In', ['1', '2']), labels: { a: '3' }, is: false },
    { reason: 'In without values matches nothing', selector: requirement('a', 'In'), labels: { a: '1' }, is: false },
    { reason: 'NotIn holds without the label', selector: requirement('a', 'NotIn', ['1']), labels: {}, is: true },
    { reason: 'NotIn holds for another value', selector: requirement('a', 'NotIn', ['1']), labels: { a: '2' }, is: true },
    { reason: 'NotIn fails for its value', selector: requirement('a', 'NotIn', ['1']), labels: { a: '1' }, is: false },
    { reason: 'Exists holds for an empty value', selector: requirement('a', 'Exists'), labels: { a: '' }, is: true },
    { reason: 'Exists fails without the label', selector: requirement('a', 'Exists'), labels: { b: '' }, is: false },
    { reason: 'DoesNotExist holds without the label', selector: requirement('a', 'DoesNotExist'), labels: {}, is: true },
    { reason: 'DoesNotExist fails for an empty value', selector: requirement('a', 'DoesNotExist'), labels: { a: '' }, is: false },
    {
      reason: 'labels and requirements must both hold',
      selector: { matchLabels: { a: '1' }, ...requirement('b', 'Exists') },
      labels: { a: '1' },
      is: false,
    },
  ] satisfies readonly { reason: string; selector: LabelSelector; labels: Record<string, string>; is: boolean }[])(
    '$reason',
    ({ selector, labels, is }) => {
      expect(selectorMatches(selector, labels)).toBe(is);
    },
  );

  it('has opposite operators that never agree', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('', '1', '2'));
    const values = fc.uniqueArray(fc.constantFrom('', '1', '2'), { minLength: 1 });
    fc.assert(
      fc.property(labels, values, fc.constantFrom('a', 'b'), (given, wanted, key) => {
        expect(selectorMatches(requirement(key, 'In', wanted), given)).not.toBe(selectorMatches(requirement(key, 'NotIn', wanted), given));
        expect(selectorMatches(requirement(key, 'Exists'), given)).not.toBe(selectorMatches(requirement(key, 'DoesNotExist'), given));
      }),
    );
  });
});

describe('namespaceAllowed', () => {
  const provider = (allowedNamespaces?: AllowedNamespaces): ClusterRoleProvider => ({
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'ClusterRoleProvider',
    metadata: { name: 'default' },
    spec: { ...(allowedNamespaces === undefined ? {} : { allowedNamespaces }) },
  });
  const team = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { env: 'prod' } } };
  const bare = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } };

  it.each([
    { reason: 'nobody unless it says so', allowed: undefined, namespace: team, is: false },
    { reason: 'nobody by an empty rule', allowed: {}, namespace: team, is: false },
    { reason: 'nobody by an empty list', allowed: { names: [] }, namespace: team, is: false },
    { reason: 'whom it names', allowed: { names: ['other', 'team'] }, namespace: team, is: true },
    { reason: 'whom it names although the namespace is not known', allowed: { names: ['team'] }, namespace: undefined, is: true },
    { reason: 'nobody by a part of the name', allowed: { names: ['tea', 'team-a', 'te*'] }, namespace: team, is: false },
    { reason: 'everybody by a star', allowed: { names: ['*'] }, namespace: undefined, is: true },
    { reason: 'whom its selector matches', allowed: { selector: { matchLabels: { env: 'prod' } } }, namespace: team, is: true },
    {
      reason: 'whom only one of both lets in',
      allowed: { names: ['x'], selector: { matchLabels: { env: 'prod' } } },
      namespace: team,
      is: true,
    },
    {
      reason: 'nobody whose labels are not known',
      allowed: { selector: requirement('env', 'DoesNotExist') },
      namespace: undefined,
      is: false,
    },
    {
      reason: 'whom a requirement on what is missing matches',
      allowed: { selector: requirement('env', 'DoesNotExist') },
      namespace: bare,
      is: true,
    },
    { reason: 'nobody by an empty selector', allowed: { selector: {} }, namespace: bare, is: false },
  ] satisfies readonly { reason: string; allowed: AllowedNamespaces | undefined; namespace: unknown; is: boolean }[])(
    'lets in $reason',
    ({ allowed, namespace, is }) => {
      expect(namespaceAllowed(provider(allowed), 'team', namespace)).toBe(is);
    },
  );
});
