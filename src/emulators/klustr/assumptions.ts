/** What nobody documents and the emulator must still do somehow: one place for each, so that one line changes when it is known. */
export const assumptions = {
  /** Which of several roles with one id is read, replaced or deleted. */
  chosenDuplicate: <T>(candidates: readonly T[]): T | undefined => candidates[0],
  /** Namespaces whose two roles a new organization begins with; the number is known, the names aren't. */
  builtInNamespaces: [
    ...[
      'apikeys',
      'apikeys.keys',
      'audit',
      'billing',
      'catalog',
      'consents',
      'domains',
      'entitlements',
      'events',
      'files',
      'groups',
      'identity',
    ],
    ...[
      'invitations',
      'keys',
      'members',
      'metrics',
      'notifications',
      'org',
      'org.roles',
      'org.user',
      'policies',
      'projects',
      'settings',
      'webhooks',
    ],
  ],
  /** Verbs of the two roles of a namespace. */
  adminVerbs: ['create', 'delete', 'update', 'get', 'list', 'find'],
  readOnlyVerbs: ['get', 'list', 'find'],
  /** The error of a subject id without an identity: no other answer than 500 is known for it. */
  unknownIdentity: 'NoSuchElementException',
  /** What the reason of a refused token says. */
  unauthorized: 'Full authentication is required to access this resource.',
} as const;
