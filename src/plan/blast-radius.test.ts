import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accessWords,
  blastRadiusLevels,
  computeBlastRadius,
  farEnds,
  farWords,
  isLevelAbove,
  leadingReadingWords,
  manyHolders,
  manyPermissions,
  qualifiers,
  readingWords,
  secretWords,
  sweepingWords,
  writingWords,
} from './blast-radius.ts';

const levelOf = (permission: string) => computeBlastRadius({ permissions: [permission] }).level;
const reading = (count: number) => Array.from({ length: count }, (_, index) => `thing${index}:read`);

describe('the level of one permission', () => {
  it.each([
    { level: 'admin', reason: 'it is * or every part of it is', permissions: ['*', '**', '*:*', '*.*.*', '*/*', '*_*', '*:', '* | *'] },
    {
      level: 'high',
      reason: 'a part of it has a *',
      permissions: ['billing:*', '*:read', 'a.*.get', 'users:re*', 'get*', '*x'],
    },
    {
      level: 'high',
      reason: 'a word reaches far, wherever it stands and in any case',
      permissions: [
        'admin',
        'admin:read',
        'users.DELETE',
        'users/manage',
        'a-purge_b',
        'read:delete',
        'roles#assign',
        'users:deleteAll',
        'user:DeleteOne',
      ],
    },
    {
      level: 'high',
      reason: 'a word ends in one that reaches far',
      permissions: ['app_organization_rolemanage', 'app_group_administer', 'superadmin:read', 'itemdelete'],
    },
    {
      level: 'high',
      reason: 'even reading it opens other doors',
      permissions: ['secrets:read', 'db.credentials.get', 'user-password:list'],
    },
    {
      level: 'high',
      reason: 'it changes who may do what',
      permissions: ['roles:update', 'permissions.create', 'setIamPolicy', 'SetIAMPolicy', 'policy:frobnicate'],
    },
    {
      level: 'high',
      reason: 'it does to all what is not reading',
      permissions: ['write-all', 'all', 'invoices:update_any', 'full_access', 'export:everything'],
    },
    {
      level: 'medium',
      reason: 'it writes',
      permissions: [
        'invoices:create',
        'invoices.update',
        'invoice/write',
        'edit:invoice',
        'invoices:approve',
        'invoices:pay',
        'invoices:patch:own',
      ],
    },
    { level: 'medium', reason: 'it reads and writes', permissions: ['users:read-write', 'users:write:read', 'get-or-create', 'readWrite'] },
    { level: 'medium', reason: 'it takes data out in bulk', permissions: ['reports:export', 'files:download'] },
    {
      level: 'medium',
      reason: 'nobody knows its verb',
      permissions: ['invoices:frobnicate', 'invoices', '', ':', 'list.items.sync', 'view:refresh', 'readthrough'],
    },
    {
      level: 'medium',
      reason: 'its words only contain known ones',
      permissions: ['reads', 'users:readers', 'management:console', 'grants:issue'],
    },
    {
      level: 'low',
      reason: 'its last word only reads',
      permissions: [
        'invoices:read',
        'billing.invoices.GET',
        'compute_order_list',
        'audit-log/view',
        'roles:read',
        'users.read:all',
        'users:read_own',
        'read-only',
        'reports:readonly',
        'invoices:bulkRead',
      ],
    },
    { level: 'low', reason: 'its first word is get or read', permissions: ['read:audit_log', 'getInvoice', 'get.user.by.id'] },
  ])('is $level when $reason', ({ level, permissions }) => {
    expect(Object.fromEntries(permissions.map((permission) => [permission, levelOf(permission)]))).toEqual(
      Object.fromEntries(permissions.map((permission) => [permission, level])),
    );
  });
});

describe('the level of a role', () => {
  it.each([
    { reason: 'without permissions it reaches nothing, whoever holds it', permissions: [], holders: manyHolders, level: 'low' },
    { reason: 'the furthest permission decides', permissions: ['a:read', 'b:write', 'c:delete'], level: 'high' },
    { reason: 'one less than many permissions raises nothing', permissions: reading(manyPermissions - 1), level: 'low' },
    { reason: 'many permissions raise by one', permissions: reading(manyPermissions), level: 'medium' },
    { reason: 'repeated permissions count once', permissions: [...reading(manyPermissions - 1), ...reading(5)], level: 'low' },
    { reason: 'one less than many holders raises nothing', permissions: ['a:write'], holders: manyHolders - 1, level: 'medium' },
    { reason: 'many holders raise by one', permissions: ['a:write'], holders: manyHolders, level: 'high' },
    { reason: 'many of both raise by one', permissions: reading(manyPermissions), holders: manyHolders, level: 'medium' },
    { reason: 'numbers never make more than high', permissions: ['a:delete', ...reading(manyPermissions)], holders: 1e6, level: 'high' },
    { reason: 'nothing is more than admin', permissions: ['*'], holders: manyHolders, level: 'admin' },
  ])('$reason', ({ permissions, holders, level }) => {
    expect(computeBlastRadius({ permissions, holders }).level).toBe(level);
  });
});

describe('what is told of a role', () => {
  it.each([
    { permissions: [], summary: 'It has no permissions.' },
    { permissions: ['a:read'], summary: 'Its only permission only reads.' },
    { permissions: ['b:read', 'a:get'], summary: 'All 2 permissions only read.' },
    { permissions: ['b:read', 'a:pay'], summary: '1 of 2 permissions does more than read: "a:pay".' },
    {
      permissions: ['e:delete', 'a:delete', 'd:delete', 'c:purge', 'b:read', 'f:write'],
      summary: '4 of 6 permissions reach far: "a:delete", "c:purge", "d:delete" and 1 more.',
    },
    { permissions: ['*', 'a:delete', '*:*'], summary: '2 of 3 permissions stand for everything: "*", "*:*".' },
    {
      permissions: ['a:pay'],
      holders: 250,
      summary: '1 of 1 permissions does more than read: "a:pay". Raised to high: 100 or more holders.',
    },
    {
      permissions: reading(60),
      holders: 100,
      summary: 'All 60 permissions only read. Raised to medium: 50 or more permissions and 100 or more holders.',
    },
    { permissions: [...reading(60), 'a:delete'], summary: '1 of 61 permissions reaches far: "a:delete".' },
  ])('is in one line: $summary', ({ permissions, holders, summary }) => {
    expect(computeBlastRadius({ permissions, holders }).summary).toBe(summary);
  });

  it('warns of what reaches far and of large numbers, sorted, and says why', () => {
    const permissions = ['users:manage', 'secrets:read', 'roles:update', 'write-all', 'billing:*', '*', 'a:pay', 'a:read'];
    expect(computeBlastRadius({ permissions, holders: 100 }).warnings).toEqual([
      '"*" stands for every permission.',
      '"billing:*" stands for every permission that it matches, also for those to come.',
      '"roles:update" does more than read what decides who may do what ("roles").',
      '"secrets:read" concerns what opens other doors ("secrets").',
      '"users:manage" has the far-reaching word "manage".',
      '"write-all" does more than read, and with "all".',
      'It has 100 or more holders.',
    ]);
    expect(computeBlastRadius({ permissions: ['a:pay', 'a:read'] }).warnings).toEqual([]);
  });

  it('drops the lesser warnings where there are too many', () => {
    const permissions = [...Array.from({ length: 60 }, (_, index) => `a${index}:delete`), '*', '~*~'];
    const { warnings } = computeBlastRadius({ permissions, holders: 100 });
    expect(warnings).toHaveLength(20);
    expect(warnings).toEqual(
      expect.arrayContaining(['"*" stands for every permission.', '"~*~" stands for every permission.', 'It has 100 or more holders.']),
    );
  });

  it('stays one short line, whatever the names', () => {
    const { summary, warnings } = computeBlastRadius({
      permissions: Array.from({ length: 9 }, (_, index) => `${index}\n${'x'.repeat(5_000)}admin`),
    });
    for (const line of [summary, ...warnings]) {
      expect(line).not.toContain('\n');
      expect(line.length).toBeLessThan(500);
    }
  });
});

describe('levels', () => {
  it('are above those before them only', () => {
    for (const [rank, level] of blastRadiusLevels.entries()) {
      expect(blastRadiusLevels.filter((limit) => isLevelAbove(level, limit))).toEqual(blastRadiusLevels.slice(0, rank));
    }
  });

  it('that nobody knows are above all', () => {
    expect(isLevelAbove('vast' as 'high', 'admin')).toBe(true);
    expect(isLevelAbove('low', 'tiny' as 'low')).toBe(true);
  });
});

it.each(
  Object.entries({
    farWords,
    farEnds,
    secretWords,
    accessWords,
    sweepingWords,
    writingWords,
    readingWords,
    leadingReadingWords,
    qualifiers,
  }),
)('%s are told in the documentation, all of them and in their order', (_, words) => {
  const page = readFileSync(new URL('../../docs/guardrails.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  const list = [...words];
  expect(list).toEqual([...list].sort());
  expect(page).toContain(list.map((word) => `\`${word}\``).join(', '));
});
