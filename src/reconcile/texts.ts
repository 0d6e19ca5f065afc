/** How many permissions an Event or message names. */
const namedPermissions = 10;

/**
 * A change in one line: `+2 −1 permissions (+reports:export, +reports:view, −users:delete); displayName`. Long lists are cut
 * with a count.
 */
export function describeChange(added: readonly string[], removed: readonly string[], fields: readonly string[]): string {
  const all = [...added.map((permission) => `+${permission}`), ...removed.map((permission) => `−${permission}`)];
  const named = all.slice(0, namedPermissions).join(', ');
  const more = all.length > namedPermissions ? `, … ${all.length - namedPermissions} more` : '';
  const noun = all.length === 1 ? 'permission' : 'permissions';
  const permissions = all.length === 0 ? [] : [`+${added.length} −${removed.length} ${noun} (${named}${more})`];
  const text = [...permissions, ...(fields.length === 0 ? [] : [`changed ${fields.join(', ')}`])].join('; ');
  return text === '' ? 'no change of content' : text;
}

/** A count with its noun: `1 permission`, `3 permissions`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
