import type { ProviderDriver } from '../../../src/providers/index.ts';

/** What is asked of a driver. */
export type SpellingDriver = Pick<ProviderDriver, 'type' | 'canonicalGlob'>;

/** What has more than one spelling at some providers. */
export type SpeltPart = 'slug' | 'permission';

/** Printable ASCII without `*`, which is no character of a glob. */
const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter((character) => character !== '*');

/** A CEL expression for a text with one glob or name a line, in the spelling of the provider that `params` is about. */
export function spelt(drivers: readonly SpellingDriver[], part: SpeltPart, text: string): string {
  const cases = drivers.flatMap((driver): readonly string[] => {
    const change = changeOf(driver, part);
    return change === '' ? [] : [`has(params.spec.${driver.type}) ? t${change} : `];
  });
  return cases.length === 0 ? text : `[${text}].map(t, ${cases.join('')}t)[0]`;
}

/** Drivers whose spelling of a part is only known for ASCII here. */
export function respelling(drivers: readonly SpellingDriver[], part: SpeltPart): readonly string[] {
  return drivers.filter((driver) => changeOf(driver, part) !== '').map(({ type }) => type);
}

/** Calls that bring a CEL text into a driver's spelling, for example `.lowerAscii()`; empty where there is one spelling only. */
function changeOf({ type, canonicalGlob }: SpellingDriver, part: SpeltPart): string {
  if (canonicalGlob === undefined) return '';
  const spell = (text: string): string => canonicalGlob(part, text);
  const all = characters.join('*');
  if (spell(all) !== characters.map(spell).join('*')) {
    throw new Error(`The driver ${type} doesn't spell each character of a ${part} by itself, so the admission policy can't do the same.`);
  }
  if (spell(all) === all) return '';
  if (spell(all) === all.toLowerCase()) return '.lowerAscii()';
  const changes = characters.filter((character) => spell(character) !== character).map((from) => [from, spell(from)] as const);
  if (changes.reduce((text, [from, to]) => text.replaceAll(from, to), all) !== spell(all)) {
    throw new Error(`The driver ${type} exchanges characters of a ${part} for one another, which the admission policy can't do.`);
  }
  return changes.map(([from, to]) => `.replace(${quoted(from)}, ${quoted(to)})`).join('');
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
}
