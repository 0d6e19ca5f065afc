import { WorkOS } from '@workos-inc/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/emulators/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';

/**
 * The vendor's own library against the emulator: it knows nothing of our client, so an emulator that was bent to that client
 * would fail here.
 */
const organization = 'org_1';
let emulator: RunningEmulator;
let validator: ContractValidator;
let workos: WorkOS;

beforeEach(async () => {
  validator = ContractValidator.load('workos');
  emulator = await startEmulator('workos', {
    port: 0,
    onExchange: validator.onExchange,
    seed: {
      permissions: ['a', 'b'],
      environmentRoles: [{ slug: 'admin' }, { slug: 'member' }],
      organizations: [{ id: organization, members: [{ user: 'user_1' }, { user: 'user_2', status: 'inactive' }] }],
      users: [{ id: 'user_3', email: 'three@example.com' }],
    },
  });
  const { hostname, port } = new URL(emulator.url);
  workos = new WorkOS({ apiKey: 'sk_test_default', apiHostname: hostname, port: Number(port), https: false });
});

afterEach(async () => {
  await emulator.close();
  validator.assertNone();
  expect(validator.checked).toBeGreaterThan(0);
});

describe('the vendor library', () => {
  it('makes, changes, lists and deletes organization roles', async () => {
    const created = await workos.authorization.createOrganizationRole(organization, { slug: 'org-editor', name: 'Editor' });
    expect(created).toMatchObject({ slug: 'org-editor', type: 'OrganizationRole', permissions: [] });

    await workos.authorization.updateOrganizationRole(organization, 'org-editor', { name: 'Redactor' });
    const set = await workos.authorization.setOrganizationRolePermissions(organization, 'org-editor', { permissions: ['b', 'a'] });
    expect(set).toMatchObject({ name: 'Redactor', permissions: ['b', 'a'] });

    const { data } = await workos.authorization.listOrganizationRoles(organization);
    expect(data.map(({ slug, type }) => [slug, type])).toEqual([
      ['admin', 'EnvironmentRole'],
      ['member', 'EnvironmentRole'],
      ['org-editor', 'OrganizationRole'],
    ]);
    await workos.authorization.removeOrganizationRolePermission(organization, 'org-editor', { permissionSlug: 'a' });
    expect((await workos.authorization.getOrganizationRole(organization, 'org-editor')).permissions).toEqual(['b']);
    await workos.authorization.deleteOrganizationRole(organization, 'org-editor');
    await expect(workos.authorization.getOrganizationRole(organization, 'org-editor')).rejects.toMatchObject({ status: 404 });
  });

  it('keeps the permission catalogue', async () => {
    await workos.authorization.createPermission({ slug: 'c', name: 'C' });

    const page = await workos.authorization.listPermissions({ limit: 2 });
    expect(page.data.map(({ slug }) => slug)).toEqual(['c', 'b']);
    const rest = await workos.authorization.listPermissions({ limit: 2, after: page.listMetadata.after ?? '' });
    expect(rest.data.map(({ slug }) => slug)).toEqual(['a']);
    expect(rest.listMetadata.after).toBeNull();
    await expect(workos.authorization.createPermission({ slug: 'c', name: 'C' })).rejects.toMatchObject({ status: 409 });
  });

  it('keeps memberships', async () => {
    const made = await workos.userManagement.createOrganizationMembership({
      organizationId: organization,
      userId: 'user_3',
      roleSlug: 'admin',
    });
    expect(made).toMatchObject({ status: 'active', role: { slug: 'admin' } });

    const everybody = await workos.userManagement.listOrganizationMemberships({
      organizationId: organization,
      statuses: ['active', 'inactive'],
    });
    expect(everybody.data.map(({ userId }) => userId).sort()).toEqual(['user_1', 'user_2', 'user_3']);
    const moved = await workos.userManagement.updateOrganizationMembership(made.id, { roleSlugs: ['member', 'admin'] });
    expect(moved.roles).toEqual([{ slug: 'admin' }, { slug: 'member' }]);
    await workos.userManagement.deleteOrganizationMembership(made.id);
    const users = await workos.userManagement.listUsers({ email: 'three@example.com' });
    expect(users.data.map(({ id }) => id)).toEqual(['user_3']);
  });
});
