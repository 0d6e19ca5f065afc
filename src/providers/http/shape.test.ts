import { describe, expect, it } from 'vitest';
import { asArray, asConstant, asFilledString, asNullableString, asObject, asString, requireUnique, ShapeError } from './shape.ts';

describe('shape readers', () => {
  const refused: readonly { reason: string; read: () => unknown; message: RegExp }[] = [
    { reason: 'an absent field', read: () => asString(undefined, 'data[0].slug'), message: /data\[0\]\.slug is missing/ },
    { reason: 'null for a string', read: () => asString(null, 'slug'), message: /slug is null/ },
    { reason: 'an empty string where there must be text', read: () => asFilledString('', 'slug'), message: /slug is empty/ },
    { reason: 'an absent field that may be null', read: () => asNullableString(undefined, 'description'), message: /missing/ },
    { reason: 'an array for an object', read: () => asObject([], 'role'), message: /an array/ },
    { reason: 'null for an object', read: () => asObject(null, 'role'), message: /null/ },
    { reason: 'an object for an array', read: () => asArray({}, 'data', asString), message: /an object/ },
    { reason: 'a bad entry of an array', read: () => asArray(['a', 1], 'data', asString), message: /data\[1\] is a number/ },
    { reason: 'another constant', read: () => asConstant('page', 'object', 'list'), message: /object is another string/ },
    { reason: 'two entries with one key', read: () => requireUnique(['a', 'a'], 'data', (item) => item), message: /two entries/ },
  ];
  it.each(refused)('refuse $reason and say where', ({ read, message }) => {
    expect(read).toThrow(ShapeError);
    expect(read).toThrow(message);
  });

  it('never repeat a value', () => {
    expect(() => asConstant('hunter22', 'object', 'list')).not.toThrow(/hunter22/);
  });
});
