import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

class TypedError extends Error {
  override readonly name = 'TypedError';
  readonly kind = 'transient';
  readonly details = { operation: 'listRoles', status: 503, requestID: 'req_1', headers: { authorization: 'x' }, body: 'raw' };
}

test('a typed error is told by its facts, without a stack and without what came from the other side', () => {
  expect(describeError(new TypedError('listing the roles of org_1 failed'))).toEqual({
    name: 'TypedError',
    message: 'listing the roles of org_1 failed',
    kind: 'transient',
    operation: 'listRoles',
    status: 503,
    requestID: 'req_1',
  });
});

test('an unexpected error keeps its stack, but not the message at the head of it', () => {
  const described = describeError(new Error('line one\nBody: raw answer\nHeaders: all of them'));
  expect(described.message).toBe('line one');
  expect(described.stack).toContain('describe-error.test.ts');
  expect(JSON.stringify(described)).not.toMatch(/raw answer|all of them/);
});

test('causes are one line, outermost first', () => {
  const root = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
  const error = new Error('outer', { cause: new TypeError('middle\nBody: x', { cause: root }) });
  expect(describeError(error).cause).toBe('TypeError: middle; caused by Error (ECONNREFUSED): connect refused');
});

test('causes that lead in a circle or go on for ever end', () => {
  const circular = new Error('a');
  circular.cause = new Error('b', { cause: circular });
  expect(describeError(circular).cause).toBe('Error: b');

  let deep = new Error('0');
  for (let depth = 1; depth < 100; depth += 1) {
    deep = new Error(String(depth), { cause: deep });
  }
  expect(describeError(deep).cause?.split('; caused by ')).toHaveLength(8);
});

test('the errors of an AggregateError are causes', () => {
  const error = new AggregateError([new Error('first'), new Error('second')], 'several failed');
  expect(describeError(error).cause).toBe('Error: first; caused by Error: second');
});

test('of a thrown object only the kind is told: it could be a whole answer', () => {
  expect(describeError({ authorization: 'Bearer x' }).message).not.toContain('Bearer');
  expect(describeError('plain text').message).toBe('plain text');
  expect(describeError(undefined).message).toBe('undefined');
});

test('a secret is masked before the text is cut, so that no half of it is left', () => {
  const secret = 'S'.repeat(500);
  const error = new Error(`${'x'.repeat(800)}${secret}`);
  const { message } = describeError(error, (text) => text.replaceAll(secret, '[secret]'));
  expect(message).toBe(`${'x'.repeat(800)}[secret]`);
  expect(describeError(error).message).toHaveLength(1000);
});
