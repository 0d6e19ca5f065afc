/** Longest a name is shown, in characters: ten of them leave room for the rest of a condition's message. */
const longestName = 120;

/** A name in quotes for a message of one line: what would break the line is escaped, a very long one is cut. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name);
}

/** Names in quotes, in the order given: at most `most` of them, and how many there are besides. */
export function quoteNames(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map(quoteName).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
