/**
 * `src/plan/globs.ts` in CEL. A list of globs becomes one regular expression: a call for each glob and each permission would cost more
 * than the API server lets a policy cost, and a large one is compiled once.
 */

/** Globs of a list as one text, one a line. A glob with a line break would be taken for two; no name that can be declared
 * has one. */
export function joined(list: string): string {
  return String.raw`${list}.filter(g, !g.contains('\n')).join('\n')`;
}

/** Between two literal parts, which RE2 has between `\Q` and `\E`; `.` is no line break there. */
const any = String.raw`\E.*\Q`;

/** What matches one of the globs of a text with one a line; without a glob nothing but the empty text. */
export function regexpOf(globs: string): string {
  return String.raw`(r'\Q' + ${globs}.replace('\\', r'\E\\\Q').replace('*', r'${any}').replace('\n', r'\E|\Q') + r'\E')`;
}

/** Gives a value a name in an expression: it is computed once. */
export function having(name: string, value: string, condition: string): string {
  return `[${value}].exists(${name}, ${condition})`;
}

/** Whether one of the globs of a text with one a line matches everything that `text` could stand for. */
export function coveredBy(globs: string, text: string): string {
  return `${text}.matches('^(?:' + ${regexpOf(globs)} + ')$')`;
}

/** Whether one glob and a text that may hold `*` too could mean the same. */
export function overlap(glob: string, text: string): string {
  const bothOpen = agreeing(glob, text);
  return `(${text}.contains('*') ? (${glob}.contains('*') ? ${bothOpen} : ${coveredBy(text, glob)}) : ${coveredBy(glob, text)})`;
}

/** Whether one of the globs of a text with one a line overlaps `text`. */
export function overlappedBy(globs: string, text: string): string {
  const each = String.raw`${globs}.split('\n').exists(g, g != '' && ${overlap('g', text)})`;
  return `(${text}.contains('*') ? ${each} : ${coveredBy(globs, text)})`;
}

/** Whether two globs with `*` could mean the same: between a common beginning and a common end there is room for both. */
export function agreeing(left: string, right: string): string {
  const heads = '(a[0].startsWith(b[0]) || b[0].startsWith(a[0]))';
  const [lastA, lastB] = ['a[size(a) - 1]', 'b[size(b) - 1]'];
  const tails = `(${lastA}.endsWith(${lastB}) || ${lastB}.endsWith(${lastA}))`;
  return having('a', `${left}.split('*')`, having('b', `${right}.split('*')`, `${heads} && ${tails}`));
}
