/**
 * The default spelling of a key: a string as it is, anything else as JSON. Two keys with the same spelling are the same key.
 * Objects must then list their fields in one order.
 */
export function spellKey(key: unknown): string {
  return typeof key === 'string' ? key : JSON.stringify(key);
}
