import type { Reply } from '../types.ts';
import { failure } from './replies.ts';

/** What nobody documents and the emulator must still do somehow: one place for each, so that one line changes when it is known. */
export const assumptions = {
  /** Pattern of environment role slugs. */
  environmentSlug: /^[a-z0-9_-]+$/,
  /** A write to a role of the environment through an organization's path. */
  protectedRole: (slug: string): Reply => failure(403, `Role ${slug} is not a role of the organization.`),
  /** Deleting a permission of WorkOS itself. */
  protectedPermission: (slug: string): Reply => failure(403, `Permission ${slug} is a system permission.`),
  /** Taking away a permission that the role doesn't have. */
  permissionNotHeld: (slug: string): Reply => failure(404, `The role has no permission ${slug}.`),
  /** A second membership of an active member. */
  activeMember: (): Reply => failure(409, 'The user is a member of the organization already.', { code: 'conflict' }),
  /** A page that begins at an object that isn't in the list. */
  unknownCursor: (cursor: string): Reply => failure(404, `There is no object ${cursor} in this list.`),
} as const;
