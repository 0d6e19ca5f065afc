import type { FailedAnswer, UnknownObject } from '../http/index.ts';

/** What nobody documents and the client must still rely on: one place for each, so that one line changes when it is known. */
export const assumptions = {
  /** Slugs that can be created. */
  slug: /^[a-z0-9][a-z0-9_-]*$/,
  /** What a change sends to take a description away: the documented field is a string and knows no null. */
  clearedDescription: '',
  /** Whether a refused deletion means that somebody holds the role. */
  meansHeld: ({ operation, failure }: FailedAnswer): boolean => operation === 'deleteRole' && failure !== undefined,
  /** Whether two e-mail addresses are the same to the server, whose filter is taken to be exact. */
  sameEmail: (a: string, b: string): boolean => a === b,
  /** Ids of users, in the spelling in which the server gives them. */
  userID: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /** Whether a refused change of a user is about the roles: a user has nothing else that is changed. */
  refusesRoles: (status: number | undefined): boolean => status === 400 || status === 422,
  /** Where the refusal of a role names the scopes that don't exist. */
  refusedScopes: (details: UnknownObject): unknown => details.scopes,
  /**
   * The tenant that a probe names as long as none is known. It belongs to nobody, so a credential that is good is refused for it,
   * which a bad one never comes to: who the caller is has to be known before it can be known to be of another tenant.
   */
  nobodysTenant: 'e3a1f6c2-8d47-4b09-9c5e-6f20b7d1a834',
} as const;
