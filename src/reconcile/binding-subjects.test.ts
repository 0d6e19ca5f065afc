import { describe, expect, it } from 'vitest';
import { apiVersion, type RoleBinding, type Subject } from '../api/index.ts';
import { resolveSubjects, subjectsAt } from './binding-subjects.ts';

const at = (text: string): number => Date.parse(text);
const noon = at('2030-06-01T12:00:00Z');

function binding(subjects: readonly Subject[], metadata: object = {}): RoleBinding {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace: 'team', ...metadata },
    spec: { roleRef: { name: 'r' }, subjects },
  };
}

describe('whom a binding grants its role at a moment', () => {
  it.each([
    { reason: 'somebody without times', subject: { id: 'u' }, named: 1, ended: 0 },
    { reason: 'nobody before the beginning', subject: { id: 'u', notBefore: '2030-06-01T12:00:01Z' }, named: 0, ended: 0 },
    { reason: 'somebody at the very beginning', subject: { id: 'u', notBefore: '2030-06-01T12:00:00Z' }, named: 1, ended: 0 },
    { reason: 'somebody until a second before the end', subject: { id: 'u', expiresAt: '2030-06-01T12:00:01Z' }, named: 1, ended: 0 },
    { reason: 'nobody at the very end', subject: { id: 'u', expiresAt: '2030-06-01T12:00:00Z' }, named: 0, ended: 1 },
    { reason: 'nobody with a list for an end', subject: { id: 'u', expiresAt: ['2099-01-01T00:00:00Z'] as never }, named: 0, ended: 1 },
    { reason: 'a time with an offset', subject: { id: 'u', expiresAt: '2030-06-01T13:00:00+02:00' }, named: 0, ended: 1 },
  ])('$reason', ({ subject, named, ended }) => {
    const now = subjectsAt(binding([subject]), noon);
    expect(now.named).toHaveLength(named);
    expect(now.ended).toHaveLength(ended);
  });

  it('counts one who is listed twice once, and as long as one of the entries lasts', () => {
    const now = subjectsAt(
      binding([
        { email: 'Ann@example.com', expiresAt: '2030-06-01T11:00:00Z' },
        { email: 'ann@EXAMPLE.com', expiresAt: '2030-06-01T13:00:00Z' },
        { id: 'u', expiresAt: '2030-06-01T13:00:00Z' },
        { id: 'u' },
      ]),
      noon,
    );
    expect(now.named).toHaveLength(2);
    expect(now.ended).toEqual([]);
    expect(now.expiring).toBe(1);
  });

  it('takes white space around an address for none of it', () => {
    const now = subjectsAt(binding([{ email: ' ann@example.com\t' }, { email: 'Ann@Example.com' }, { email: '\nbob@example.com' }]), noon);
    expect(now.named.map(({ email }) => email)).toEqual(['Ann@Example.com', 'bob@example.com']);
  });

  it('knows when the next grant begins or ends', () => {
    const subjects = [
      { id: 'a', notBefore: '2030-06-02T00:00:00Z' },
      { id: 'b', expiresAt: '2030-06-01T20:00:00Z' },
      { id: 'c', expiresAt: '2030-06-01T01:00:00Z' },
    ];
    expect(subjectsAt(binding(subjects), noon).nextTransition).toBe(at('2030-06-01T20:00:00Z'));
    expect(subjectsAt(binding([{ id: 'a' }]), noon).nextTransition).toBeUndefined();
  });

  it('wants nobody once it is being deleted', () => {
    expect(subjectsAt(binding([{ id: 'a' }], { deletionTimestamp: '2030-06-01T00:00:00Z' }), noon).named).toEqual([]);
  });
});

describe('subjects that were looked for', () => {
  const ann = { kind: 'User', email: 'ann@example.com' } as const;

  it('are each wanted once, by whatever names they were found', () => {
    const found = { state: 'found', subject: { kind: 'User', id: 'u1' } } as const;
    expect(resolveSubjects([ann, { kind: 'User', id: 'u1' }], [found, found], [])).toEqual({
      wanted: [{ kind: 'User', id: 'u1' }],
      count: 1,
      emails: new Map([['User/u1', 'ann@example.com']]),
      failures: [],
    });
  });

  it('fail one by one', () => {
    const resolved = resolveSubjects(
      [ann, { kind: 'Group', id: 'g' }, { kind: 'User', id: 'u2' }],
      [
        { state: 'ambiguous', message: 'Two have it.' },
        { state: 'unsupported', message: 'No groups.' },
        { state: 'found', subject: { kind: 'User', id: 'u2' } },
      ],
      [],
    );
    expect(resolved.wanted).toEqual([{ kind: 'User', id: 'u2' }]);
    expect(resolved.count).toBe(3);
    expect(resolved.failures).toEqual([
      { subject: 'User ann@example.com', reason: 'Ambiguous', message: 'Two have it.' },
      { subject: 'Group g', reason: 'Unsupported', message: 'No groups.' },
    ]);
  });

  it('keep what they were granted by an address that they no longer have', () => {
    const resolved = resolveSubjects(
      [ann],
      [{ state: 'unknown', message: 'Nobody has it.' }],
      [{ kind: 'User', id: 'u1', email: 'Ann@Example.com' }],
    );
    expect(resolved.wanted).toEqual([{ kind: 'User', id: 'u1' }]);
    expect(resolved.failures).toEqual([
      {
        subject: 'User ann@example.com',
        reason: 'NotFound',
        message: 'Nobody has it. The grant that u1 got by this address stays until the entry is changed.',
      },
    ]);
  });
});
