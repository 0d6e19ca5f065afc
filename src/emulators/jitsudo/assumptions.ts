import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { failure } from './replies.ts';

/** What nobody documents and the emulator must still do somehow: one place for each, so that one line changes when it is known. */
export const assumptions = {
  /** Slugs that can be created. */
  slug: /^[a-z0-9][a-z0-9_-]*$/,
  /** What is kept for a description that a write sends. */
  description: (sent: string): string | null => (sent === '' ? null : sent),
  /** A call without the header, or with one that is no uuid. */
  noTenant: (): Reply => failure(403, 'tenant_mismatch', 'X-Tenant-ID must name the tenant of the credential.'),
  /** A slug that is taken. */
  slugTaken: (slug: string): Reply => failure(409, 'conflict', `A role with the slug ${slug} exists.`),
  /** Deleting a role that people hold. */
  roleHeld: (slug: string, holders: number): Reply =>
    failure(409, 'role_in_use', `Role ${slug} is assigned to ${holders} users.`, { details: { users: holders } }),
  /** Writing a role of the system. */
  systemRole: (slug: string): Reply => failure(403, 'system_role', `Role ${slug} is a system role.`),
  /** Scopes that don't exist. */
  unknownScopes: (scopes: readonly string[]): Reply => failure(422, 'invalid_scopes', 'Unknown scopes.', { details: { scopes } }),
  /** A body of a change that can't be understood: 400 isn't documented there. */
  badChange: (message: string): Reply => failure(422, 'invalid_request', message),
  /** How far a role reaches, by the actions of its scopes. */
  blastRadius: (scopes: readonly string[]): { readonly [key: string]: JsonValue } => {
    const actions = new Set(scopes.map((scope) => scope.split(':').at(-1) ?? ''));
    if (actions.has('admin')) return { level: 'admin', summary: 'Can do everything.', warnings: ['Holds an administrative scope.'] };
    if (actions.has('approve') || actions.has('delete')) return { level: 'high', summary: 'Can approve or delete.', warnings: [] };
    if (actions.has('write')) return { level: 'medium', summary: 'Can change things.', warnings: [] };
    return { level: 'low', summary: 'Can read.', warnings: [] };
  },
} as const;
