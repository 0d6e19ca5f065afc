/** One part of a permission. */
const part = '[A-Za-z0-9-]+';
/** A part in a spelling where `_` doesn't separate. */
const widePart = '[A-Za-z0-9_-]+';

const dotted = new RegExp(`^(${widePart})\\.(${widePart})\\.(${widePart})$`);
const path = new RegExp(`^(${widePart})/(${widePart})[:#](${widePart})$`);
const slugForm = new RegExp(`^${part}(?:_${part}){2,}$`);

/** Permissions can be named by a uuid, from which nobody can tell what is granted. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a uuid, in any case. */
export function isUUID(text: string): boolean {
  return uuid.test(text);
}

/**
 * The spelling in which Frontier reports a permission, `service_resource_verb`, of any of those that it takes: itself,
 * `service.resource.verb`, `service/resource:verb` and `service/resource#verb`. Undefined for anything else.
 */
export function permissionSlug(text: string): string | undefined {
  const parts = dotted.exec(text) ?? path.exec(text);
  if (parts !== null) return parts.slice(1).join('_');
  return slugForm.test(text) ? text : undefined;
}

/** The spelling in which a permission is made, `service.resource.verb`; undefined where the slug doesn't tell its three parts. */
export function permissionKey(slug: string): string | undefined {
  const parts = slug.split('_');
  return parts.length === 3 && parts.every((each) => each !== '') ? parts.join('.') : undefined;
}
