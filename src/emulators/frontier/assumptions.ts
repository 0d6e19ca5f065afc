/** What nobody has measured or documented and the emulator must still do somehow: one place for each, so that one line changes when it is known. */
export const assumptions = {
  /** Whether `org_id` opens ListUsers to its members from v0.115 on. Read in the source, but an owner was refused when measured. */
  listUsersByOrganizationRight: false,
  /** Whether the credentials may stand in the header without a scheme word; tried with v0.99 only, and refused by v0.115. */
  acceptsBareCredentials: (version: string): boolean => version === 'v0.99',
  /** Whether a grant may be left out of the token request when the header proves the client. */
  grantMayBeAbsent: true,
  /** What a member that is added without a role gets. */
  defaultMemberRole: 'app_organization_viewer',
  /** When the platform's own roles and permissions were made. */
  platformCreatedAt: '2026-01-01T00:00:00.000Z',
  /** Longest name that the audit row takes; a longer one fails after the role was written. */
  longestAuditedName: 255,
  /** Message of a method that the gateway doesn't know at a path. */
  methodNotAllowed: 'Method Not Allowed',
  /** Message of a role whose scopes don't name the organization, where a member is given a role. */
  wrongScope: 'role is not applicable to this organization',
  /** Message for somebody who is no member. */
  notMember: 'principal is not a member of the organization',
  /** Message where the last owner would go. */
  lastOwner: 'organization must have at least one owner',
} as const;
