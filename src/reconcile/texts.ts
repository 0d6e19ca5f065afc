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
  const permissions = all.length === 0 ? [] : [`+${added.length} −${removed.length} permissions (${named}${more})`];
  const text = [...permissions, ...(fields.length === 0 ? [] : [`changed ${fields.join(', ')}`])].join('; ');
  return text === '' ? 'no change of content' : text;
}
