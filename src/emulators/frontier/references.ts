const principals: Readonly<Record<string, string>> = { user: 'app/user', group: 'app/group', serviceuser: 'app/serviceuser' };
const resources: Readonly<Record<string, string>> = { org: 'app/organization', project: 'app/project', group: 'app/group' };

/** A principal in the long form; undefined where its type isn't known or missing. */
export function longPrincipal(text: string): string | undefined {
  return longForm(text, principals);
}

/** A resource in the long form; undefined where it isn't `namespace:id`. */
export function longResource(text: string): string | undefined {
  return longForm(text, resources);
}

function longForm(text: string, aliases: Readonly<Record<string, string>>): string | undefined {
  const [type = '', id = ''] = [text.slice(0, Math.max(0, text.indexOf(':'))), text.slice(text.indexOf(':') + 1)];
  const long = aliases[type] ?? Object.values(aliases).find((name) => name === type);
  return long === undefined || id === '' ? undefined : `${long}:${id}`;
}
