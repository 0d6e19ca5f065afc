/**
 * Whether a glob matches a text. `*` stands for any run of characters, also an empty one; nothing else is special, and case
 * counts. The cost is at most the product of both lengths, whatever the glob.
 */
export function matches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  const end = text.length - tail.length;
  if (end < head.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of rest) {
    // The earliest place leaves the most room for what follows, so it never has to be taken back.
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/**
 * Whether a glob matches every text that `pattern` could stand for: itself where it has no `*`, else whatever it would match.
 * Exact, neither too strict nor too lenient.
 */
export function covers(glob: string, pattern: string): boolean {
  // A glob has no way to ask for the character `*`, so only one of its own `*` can have met a `*` of the pattern, and that one
  // meets any run in its place as well.
  return matches(glob, pattern);
}

/** Whether at least one text is matched by both a glob and `pattern`, which may hold `*` too. Exact. */
export function overlaps(glob: string, pattern: string): boolean {
  if (!pattern.includes('*')) return matches(glob, pattern);
  if (!glob.includes('*')) return matches(pattern, glob);
  // Between a common beginning and a common end there is room for everything that either asks for, one after the other.
  return agree(headOf(glob), headOf(pattern), 'startsWith') && agree(tailOf(glob), tailOf(pattern), 'endsWith');
}

function agree(left: string, right: string, how: 'startsWith' | 'endsWith'): boolean {
  return left[how](right) || right[how](left);
}

function headOf(glob: string): string {
  return glob.slice(0, glob.indexOf('*'));
}

function tailOf(glob: string): string {
  return glob.slice(glob.lastIndexOf('*') + 1);
}
