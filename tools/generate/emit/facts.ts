import type { Schema } from '../api/model.ts';
import { code } from './markdown.ts';

/**
 * What must hold for a value besides its type, each as a short Markdown phrase. What a named type says is left out: its
 * own entry says it.
 */
export function factsOf(schema: Schema): readonly string[] {
  const known = schema.alias === undefined ? [] : factsOf(schema.alias.schema);
  return allFactsOf(schema).filter((fact) => !known.includes(fact));
}

function allFactsOf(schema: Schema): readonly string[] {
  switch (schema.type) {
    case 'string':
      return [
        ...range(schema.minLength, schema.maxLength, 'character'),
        ...(schema.pattern === undefined ? [] : [`matches ${code(schema.pattern)}`]),
      ];
    case 'integer':
      return bounds(schema.minimum, schema.maximum);
    case 'array':
      return [
        ...range(schema.minItems, schema.maxItems, 'entry'),
        ...(schema.unique ? ['no entry twice'] : []),
        ...(schema.listMapKey === undefined ? [] : [`one entry for each ${code(schema.listMapKey)}`]),
        ...(schema.items.type === 'string' || schema.items.type === 'integer'
          ? factsOf(schema.items).map((fact) => `each entry ${inner(fact)}`)
          : []),
      ];
    case 'map':
      return range(schema.minProperties, schema.maxProperties, 'entry');
    default:
      return [];
  }
}

function inner(fact: string): string {
  return /^(matches|at (least|most) -?\d+$|-?\d+ to -?\d+$)/.test(fact) ? fact : `has ${fact}`;
}

function bounds(low: number | undefined, high: number | undefined): readonly string[] {
  if (low !== undefined && high !== undefined) return [`${low} to ${high}`];
  if (low !== undefined) return [`at least ${low}`];
  return high === undefined ? [] : [`at most ${high}`];
}

function range(low: number | undefined, high: number | undefined, noun: string): readonly string[] {
  const least = low === 0 ? undefined : low;
  const noun2 = (count: number): string => (count === 1 ? noun : noun === 'entry' ? 'entries' : `${noun}s`);
  if (least !== undefined && high !== undefined) return [`${least} to ${high} ${noun2(high)}`];
  if (least !== undefined) return [`at least ${least} ${noun2(least)}`];
  return high === undefined ? [] : [`at most ${high} ${noun2(high)}`];
}
