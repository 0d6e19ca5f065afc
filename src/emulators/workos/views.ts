import type { JsonValue } from '../../model/index.ts';
import type { MembershipRecord, OrganizationRecord, PermissionRecord, RoleRecord, UserRecord, WorkosState } from './state.ts';

/** A role as the API shows it. */
export function roleView(role: RoleRecord): JsonValue {
  return {
    object: 'role',
    id: role.id,
    slug: role.slug,
    name: role.name,
    description: role.description,
    type: role.kind,
    resource_type_slug: 'organization',
    permissions: [...role.permissions],
    created_at: role.createdAt,
    updated_at: role.updatedAt,
  };
}

/** A permission as the API shows it. */
export function permissionView(permission: PermissionRecord): JsonValue {
  return {
    object: 'permission',
    id: permission.id,
    slug: permission.slug,
    name: permission.name,
    description: permission.description,
    system: permission.system,
    resource_type_slug: 'organization',
    created_at: permission.createdAt,
    updated_at: permission.updatedAt,
  };
}

/** A user as the API shows one. */
export function userView(user: UserRecord): JsonValue {
  return {
    object: 'user',
    id: user.id,
    email: user.email,
    email_verified: user.emailVerified,
    first_name: user.firstName,
    last_name: user.lastName,
    profile_picture_url: null,
    external_id: user.externalID,
    metadata: {},
    last_sign_in_at: null,
    locale: null,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

/** A membership as the API shows it: the role of the highest priority stands alone, too. */
export function membershipView(state: WorkosState, membership: MembershipRecord): JsonValue {
  const organization = state.organization(membership.organizationID);
  const roles = state.byPriority(organization, membership.roles);
  return {
    object: 'organization_membership',
    id: membership.id,
    user_id: membership.user.id,
    organization_id: organization.id,
    organization_name: organization.name,
    status: membership.status,
    directory_managed: membership.directoryManaged,
    custom_attributes: {},
    role: { slug: roles[0] ?? state.defaultRole },
    roles: roles.map((slug) => ({ slug })),
    user: userView(membership.user),
    created_at: membership.createdAt,
    updated_at: membership.updatedAt,
  };
}

/** An organization as the API shows it. */
export function organizationView(organization: OrganizationRecord): JsonValue {
  return {
    object: 'organization',
    id: organization.id,
    name: organization.name,
    domains: organization.domains.map((domain, index) => ({
      object: 'organization_domain',
      id: `org_domain_${organization.id}_${index}`,
      organization_id: organization.id,
      domain,
      state: 'verified',
      created_at: organization.createdAt,
      updated_at: organization.createdAt,
    })),
    metadata: {},
    external_id: organization.externalID,
    created_at: organization.createdAt,
    updated_at: organization.createdAt,
  };
}
