import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { protobufEmitter } from './protobuf.ts';

const root = resolve(import.meta.dirname, '../..');

describe('messages of the provider contracts', () => {
  it('are made the same way every time, say so at their head, and need no syntax but what can be erased', async () => {
    const [first, second] = await Promise.all([protobufEmitter(root).emit(), protobufEmitter(root).emit()]);

    expect(first).toEqual(second);
    expect(first.map(({ path }) => path)).toEqual(['src/providers/frontier/generated/frontier_pb.ts']);
    for (const { text } of first) {
      expect(text.slice(0, 200)).toContain('DO NOT EDIT');
      expect(text).not.toMatch(/^export (?:const )?enum /m);
    }
  });

  it('are refused when their source is wrong, with the words of the compiler', async () => {
    const emitter = protobufEmitter(root, [{ proto: 'contracts/README.md', output: 'src/nowhere' }]);

    await expect(async () => emitter.emit()).rejects.toThrow(/README\.md/);
  });
});
