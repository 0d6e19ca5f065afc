import type { ArraySchema, Rule, Schema } from './model.ts';
import type { Constraints } from './tags.ts';

/** What is wrong with the tags of a list, given what it holds. */
export function listProblems(constraints: Constraints, listType: ArraySchema['listType'], items: Schema): readonly string[] {
  const problems = [...uniqueProblems(constraints, listType, items), ...keyProblems(constraints.listMapKey, listType, items)];
  if (listType === 'set' && !isScalar(items)) problems.push('A set holds scalars only.');
  if (items.default !== undefined) problems.push('The default of an item is never used: an item that is in the list has a value.');
  return problems;
}

function uniqueProblems({ uniqueItems, maxItems }: Constraints, listType: ArraySchema['listType'], items: Schema): readonly string[] {
  if (uniqueItems === undefined) return [];
  return [
    ...(listType === 'atomic' ? [] : ['@uniqueItems goes with @listType atomic only: a set or map is unique by itself.']),
    ...(items.type === 'string' || items.type === 'integer' ? [] : ['@uniqueItems compares strings or integers only.']),
    ...(maxItems === undefined ? ['@uniqueItems needs @maxItems: without a bound the API server finds its rule too costly.'] : []),
  ];
}

function keyProblems(key: string | undefined, listType: ArraySchema['listType'], items: Schema): readonly string[] {
  if (listType !== 'map') return key === undefined ? [] : ['@listMapKey goes with @listType map only.'];
  if (key === undefined) return ['@listType map needs @listMapKey.'];
  const field = items.type === 'object' ? items.fields.find(({ name }) => name === key) : undefined;
  if (field === undefined) return [`@listMapKey ${key} is not a field of the list's items.`];
  const always = field.required || field.schema.default !== undefined;
  return always ? [] : [`The key ${key} of a list map must be required or have a default.`];
}

function isScalar(schema: Schema): boolean {
  return schema.type === 'string' || schema.type === 'integer' || schema.type === 'boolean';
}

/** The first Kubernetes version whose API server knows everything that the generated rules use. */
export const leastKubernetes = '1.33';

/**
 * Comparing every item with every other is quadratic, and the API server refuses that for more than about 200 items. Building a map is
 * linear, and fails with the name of the key that was there already. This is what
 * `leastKubernetes` is about.
 */
export function uniqueRule(message: string): Rule {
  return { rule: 'self.transformMapEntry(index, item, {item: index}).size() == self.size()', message };
}
