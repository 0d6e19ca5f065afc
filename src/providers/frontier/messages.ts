import { type DescMessage, fromJson, type JsonValue, type MessageShape } from '@bufbuild/protobuf';
import { asObject, ShapeError, type UnknownObject } from '../http/index.ts';

/** How a server writes fields that hold nothing. */
export type EmptyFields = 'written' | 'leftOut';

/**
 * The message that a JSON body holds. What is not known here is passed over; a body that holds nothing of what the message has is
 * refused, and so is one that lacks a list where empty ones are written: neither is an empty list. Of what is further in that goes for
 * permissions only, since other lists may be younger than the server. Throws ShapeError.
 */
export function readMessage<O extends DescMessage>(schema: O, body: unknown, empty: EmptyFields): MessageShape<O> {
  const fields = asObject(body, 'the body');
  requireFields(schema, fields, empty);
  refuseLostLists(schema, fields, empty);
  try {
    return fromJson(schema, body as JsonValue, { ignoreUnknownFields: true });
  } catch (error) {
    // The library's message quotes the value, which may be anything.
    const field = error instanceof Error ? /field ([\w.]+)/.exec(error.message)?.[1] : undefined;
    throw new ShapeError(
      field === undefined ? `the body is no ${schema.name}` : `${field.split('.').slice(-2).join('.')} has another type`,
    );
  }
}

/** Neither null nor, of permissions, nothing at all is an empty list. */
function refuseLostLists(schema: DescMessage, value: unknown, empty: EmptyFields): void {
  if (typeof value !== 'object' || value === null) return;
  for (const field of schema.fields) {
    const held = fieldOf(value as UnknownObject, field);
    if (field.fieldKind === 'list') refuseLostList(`${schema.name}.${field.name}`, field.name, held, empty);
    if (field.message === undefined || field.message.typeName.startsWith('google.protobuf.')) continue;
    for (const each of Array.isArray(held) ? held : [held]) refuseLostLists(field.message, each, empty);
  }
}

function refuseLostList(place: string, name: string, held: unknown, empty: EmptyFields): void {
  // The library takes null for an empty list, and no server writes one so: whatever is meant by it, it isn't that nothing is there.
  if (held === null) throw new ShapeError(`${place} is null`);
  if (held === undefined && empty === 'written' && name === 'permissions') throw new ShapeError(`${place} is missing`);
}

/** Servers write names in either of two ways. */
function fieldOf(body: UnknownObject, { name, jsonName }: { readonly name: string; readonly jsonName: string }): unknown {
  return name in body ? body[name] : body[jsonName];
}

function requireFields(schema: DescMessage, body: UnknownObject, empty: EmptyFields): void {
  const has = ({ name, jsonName }: { readonly name: string; readonly jsonName: string }): boolean => name in body || jsonName in body;
  const lists = schema.fields.filter(({ fieldKind }) => fieldKind === 'list');
  const missing = empty === 'written' ? lists.find((list) => !has(list)) : undefined;
  if (missing !== undefined) throw new ShapeError(`${missing.name} is missing`);
  if (schema.fields.length === 0 || Object.keys(body).length === 0) return;
  if (!schema.fields.some(has)) throw new ShapeError(`the body has no field of ${schema.name}`);
}
