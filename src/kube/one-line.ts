/** Longest text of a foreign source that is shown, in characters. */
const longestText = 500;

/** Makes foreign text fit for a log line or a condition: one line, no control characters, cut with a mark. */
export function oneLine(text: string, limit = longestText): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}
