import { describe, expect, it } from 'vitest';
import { isSameSubject, organizationResource, principalOf, subjectOf } from './principals.ts';

const id = '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c2d01';

describe('principals', () => {
  it.each([
    { kind: 'User', principal: `app/user:${id}` },
    { kind: 'Group', principal: `app/group:${id}` },
    { kind: 'ServiceAccount', principal: `app/serviceuser:${id}` },
  ] as const)('of $kind are written and read', ({ kind, principal }) => {
    expect(principalOf({ kind, id })).toBe(principal);
    expect(subjectOf(principal)).toEqual({ kind, id });
    expect(subjectOf(principal.toUpperCase())).toBeUndefined();
  });

  it('have their uuids in lower case, whoever wrote them', () => {
    expect(subjectOf(`app/user:${id.toUpperCase()}`)).toEqual({ kind: 'User', id });
  });

  it.each(['', ':', 'app/user', 'app/user:', `app/pat:${id}`, `user:${id}`, id])('are nobody’s with the text "%s"', (text) => {
    expect(subjectOf(text)).toBeUndefined();
  });
});

describe('subjects', () => {
  it('are one by kind and uuid', () => {
    const subject = { kind: 'User', id } as const;

    expect(isSameSubject({ kind: 'User', id: id.toUpperCase() }, subject)).toBe(true);
    expect(isSameSubject({ kind: 'Group', id }, subject)).toBe(false);
    expect(isSameSubject({ kind: 'User', id: 'x' }, subject)).toBe(false);
    expect(isSameSubject(undefined, subject)).toBe(false);
  });
});

describe('an organization', () => {
  it('is a resource', () => {
    expect(organizationResource(id)).toBe(`app/organization:${id}`);
  });
});
