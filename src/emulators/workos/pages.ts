import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { answerWith, refuse } from './replies.ts';

const defaultLimit = 10;
const largestLimit = 100;

/** A list that has no pages. */
export function wholeList(views: readonly JsonValue[]): Reply {
  return { status: 200, body: { object: 'list', data: views } };
}

/**
 * One page of a list. `records` stand in the order in which they were made; the newest come first unless the query says
 * otherwise.
 */
export function pageOf<T extends { readonly id: string }>(
  records: readonly T[],
  query: URLSearchParams,
  view: (record: T) => JsonValue,
): Reply {
  const order = query.get('order') ?? 'desc';
  if (!['asc', 'desc', 'normal'].includes(order)) refuse(422, 'Validation failed: order must be asc, desc or normal.');
  const limit = limitOf(query);
  const sorted = order === 'asc' ? records : records.toReversed();
  const [after, before] = cursorsOf(query, order);
  const [start, end] = span(sorted, limit, after, before);
  const page = sorted.slice(start, end);
  const edges = { after: end < sorted.length ? page.at(-1)?.id : undefined, before: start > 0 ? page[0]?.id : undefined };
  const turned = order === 'normal';
  return {
    status: 200,
    body: {
      object: 'list',
      data: page.map(view),
      list_metadata: { before: (turned ? edges.after : edges.before) ?? null, after: (turned ? edges.before : edges.after) ?? null },
    },
  };
}

/** `normal` is descending with its cursors the other way round. */
function cursorsOf(query: URLSearchParams, order: string): readonly [after: string | null, before: string | null] {
  const [after, before] = [query.get('after'), query.get('before')];
  return order === 'normal' ? [before, after] : [after, before];
}

function span(
  records: readonly { readonly id: string }[],
  limit: number,
  after: string | null,
  before: string | null,
): readonly [number, number] {
  if (after !== null) {
    const start = indexOf(records, after) + 1;
    return [start, Math.min(records.length, start + limit)];
  }
  if (before !== null) {
    const end = indexOf(records, before);
    return [Math.max(0, end - limit), end];
  }
  return [0, Math.min(records.length, limit)];
}

function indexOf(records: readonly { readonly id: string }[], cursor: string): number {
  const index = records.findIndex((record) => record.id === cursor);
  return index < 0 ? answerWith(assumptions.unknownCursor(cursor)) : index;
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return defaultLimit;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestLimit) return limit;
  return refuse(422, `Validation failed: limit must be between 1 and ${largestLimit}.`);
}
