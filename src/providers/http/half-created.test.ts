import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../model/index.ts';
import { afterCreation } from './half-created.ts';

describe('afterCreation', () => {
  it('makes a conflict one that is tried again, with all it says', () => {
    const conflict = new ProviderError('conflict', 'status 409', { operation: 'setPermissions', status: 409 });

    expect(afterCreation(conflict)).toMatchObject({
      kind: 'transient',
      message: 'status 409',
      details: { operation: 'setPermissions', status: 409 },
      cause: conflict,
    });
  });

  it.each([new ProviderError('invalid', 'status 422', { operation: 'setPermissions' }), new Error('aborted')])(
    'leaves others as they are',
    (error) => {
      expect(afterCreation(error)).toBe(error);
    },
  );
});
