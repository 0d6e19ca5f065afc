import { assumptions } from './assumptions.ts';
import { derivedUUID, nilUUID, type PermissionRecord, type RoleRecord, slugOf } from './records.ts';

const verbs: Readonly<Record<string, readonly string[]>> = {
  organization: [
    ...['administer', 'get', 'update', 'delete', 'rolemanage', 'policymanage', 'projectlist', 'grouplist', 'projectcreate', 'groupcreate'],
    ...['invitationlist', 'invitationcreate', 'serviceusermanage', 'billingview', 'billingmanage'],
  ],
  project: ['administer', 'get', 'update', 'delete', 'resourcelist', 'policymanage'],
  group: ['administer', 'get', 'update', 'delete'],
};

/** The permissions that every server has. */
export const platformPermissions: readonly PermissionRecord[] = Object.entries(verbs).flatMap(([resource, names]) =>
  names.map((verb) => {
    const key = `app.${resource}.${verb}`;
    return { id: derivedUUID(`permission:${key}`), key, title: '', metadata: {}, createdAt: assumptions.platformCreatedAt };
  }),
);

const roles: readonly (readonly [name: string, title: string, scope: string, keys: readonly string[]])[] = [
  ['app_organization_owner', 'Owner', 'app/organization', ['app.organization.administer']],
  [
    'app_organization_manager',
    'Manager',
    'app/organization',
    [
      ...['get', 'update', 'projectcreate', 'projectlist', 'groupcreate', 'grouplist', 'serviceusermanage', 'invitationlist'],
      ...['invitationcreate', 'billingview'],
    ].map((verb) => `app.organization.${verb}`),
  ],
  [
    'app_organization_accessmanager',
    'Access manager',
    'app/organization',
    ['invitationlist', 'invitationcreate', 'rolemanage', 'policymanage'].map((verb) => `app.organization.${verb}`),
  ],
  ['app_organization_viewer', 'Viewer', 'app/organization', ['app.organization.get']],
  ['app_billing_manager', 'Billing manager', 'app/organization', ['app.organization.billingview', 'app.organization.billingmanage']],
  ['app_project_owner', 'Project owner', 'app/project', ['app.project.administer']],
  ['app_project_manager', 'Project manager', 'app/project', ['app.project.get', 'app.project.update', 'app.project.resourcelist']],
  ['app_project_viewer', 'Project viewer', 'app/project', ['app.project.get']],
  ['app_group_owner', 'Group owner', 'app/group', ['app.group.administer']],
  ['app_group_member', 'Group member', 'app/group', ['app.group.get']],
];

/** The roles that every server has. */
export const platformRoles: readonly RoleRecord[] = roles.map(([name, title, scope, keys]) => ({
  id: derivedUUID(`role:${name}`),
  organizationID: nilUUID,
  name,
  title,
  permissions: keys.map(slugOf),
  scopes: [scope],
  metadata: {},
  createdAt: assumptions.platformCreatedAt,
  updatedAt: assumptions.platformCreatedAt,
  effective: new Set(keys.map(slugOf)),
}));

/** The platform role of a name. */
export function platformRole(name: string): RoleRecord | undefined {
  return platformRoles.find((role) => role.name === name);
}
