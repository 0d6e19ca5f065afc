import type { View } from './operation.ts';
import type {
  GroupRecord,
  OrganizationRecord,
  PermissionRecord,
  PolicyRecord,
  RoleRecord,
  ServiceUserRecord,
  UserRecord,
} from './records.ts';

/** Of whom only the relation is loaded there is no date. */
const noDate = '0001-01-01T00:00:00Z';

/** A role, without what is really in force. */
export function roleView(role: RoleRecord): View {
  return {
    id: role.id,
    name: role.name,
    permissions: role.permissions,
    title: role.title,
    metadata: role.metadata,
    created_at: role.createdAt,
    updated_at: role.updatedAt,
    org_id: role.organizationID,
    state: '',
    scopes: role.scopes,
  };
}

/** A permission, with its key in parts too. */
export function permissionView({ id, key, title, metadata, createdAt }: PermissionRecord): View {
  const [service = '', resource = '', verb = ''] = key.split('.');
  return { id, name: verb, title, created_at: createdAt, updated_at: createdAt, namespace: `${service}/${resource}`, metadata, key };
}

/** A policy as its creation is answered. */
export function policyView({ id, roleID, resource, principal, metadata, createdAt }: PolicyRecord): View {
  return { ...listedPolicyView({ id, roleID, resource, principal }), metadata, created_at: createdAt, updated_at: createdAt };
}

/** A policy that is read: neither dates nor metadata come back. */
export function listedPolicyView({ id, roleID, resource, principal }: Omit<PolicyRecord, 'metadata' | 'createdAt'>): View {
  return { id, title: '', role_id: roleID, resource, principal };
}

/** A person who was looked up. */
export function userView({ id, name, title, email, state, createdAt }: UserRecord): View {
  return { id, name, title, email, metadata: {}, created_at: createdAt, updated_at: createdAt, state, avatar: '' };
}

/** A user as a member of something. */
export function memberView(user: UserRecord): View {
  return userView({ ...user, createdAt: noDate });
}

/** An organization; nobody keeps its date here. */
export function organizationView({ id, name, title }: OrganizationRecord, createdAt: string): View {
  return { id, name, title, metadata: {}, created_at: createdAt, updated_at: createdAt, state: 'enabled', avatar: '' };
}

/** A group; users and their number only where they were asked for. */
export function groupView(group: GroupRecord, users: readonly View[], count: number): View {
  const { id, name, title, organizationID, createdAt } = group;
  return {
    id,
    name,
    title,
    org_id: organizationID,
    metadata: {},
    created_at: createdAt,
    updated_at: createdAt,
    users,
    members_count: count,
  };
}

/** A service user, without its credentials. */
export function serviceUserView({ id, title, organizationID, createdAt }: ServiceUserRecord): View {
  return { id, title, metadata: {}, created_at: createdAt, updated_at: createdAt, state: 'enabled', org_id: organizationID };
}
