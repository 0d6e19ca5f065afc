/** The one spelling under which a role id is known here: Klustr takes ids that differ in case only for the same. */
export function canonicalID(id: string): string {
  return id.toLowerCase();
}

/** The role that every organization begins with and that holds every scope. */
const administrator = 'admin';

/** What `generate` and new organizations call the two roles of a namespace. */
const generated = /\.(?:admin|read-only)\.role$/;

/** The ids of the two roles that Klustr generates for a namespace. */
export function generatedIDs(namespace: string): readonly string[] {
  const prefix = namespace.toLowerCase().replaceAll(/[^a-z0-9]/g, '.');
  return [`${prefix}.admin.role`, `${prefix}.read-only.role`];
}

/**
 * Whether an id is one of those that Klustr gives to roles of its own. Nothing but the id tells them from others, so these ids
 * are left to Klustr, whoever has made the role.
 */
export function isBuiltIn(id: string): boolean {
  const canonical = canonicalID(id);
  return canonical === administrator || generated.test(canonical);
}

/**
 * Why it can't be seen who holds a role of this id; undefined where it can. Klustr keeps holders under `roles_<id>`, splits that at
 * every underscore, and parts the id of a user off by a colon.
 */
export function hiddenHolders(id: string): string | undefined {
  if (id.includes('_')) return 'has a "_", with which Klustr loses sight of who holds it';
  return id.includes(':') ? 'has a ":", with which Klustr can\'t keep who holds it' : undefined;
}
