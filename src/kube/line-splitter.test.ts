import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

/** Any line that a watch may bring: text of any script without a line end, and not blank. */
const line = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((text) => !/[\r\n]/.test(text) && text.trim() !== '' && text.trim() === text);

test('however the bytes are cut into chunks, the same lines come out', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), fc.string({ unit: 'grapheme' }), (lines, cuts, rest) => {
      const tail = rest.replaceAll('\n', '');
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + tail);
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const splitter = new LineSplitter();
      const seen: string[] = [];
      let start = 0;
      for (const end of ends) {
        seen.push(...splitter.push(bytes.subarray(start, end)));
        start = end;
      }
      expect(seen).toEqual(lines);
      expect(splitter.pendingBytes).toBe(Buffer.byteLength(tail));
    }),
  );
});

test('empty lines and carriage returns are no lines', () => {
  expect(new LineSplitter().push(Buffer.from('\n\r\n{"a":1}\r\n\n'))).toEqual(['{"a":1}']);
});

test('a stream without line ends does not fill the memory', () => {
  const splitter = new LineSplitter();
  const chunk = new Uint8Array(16 * 1024 * 1024).fill(0x20);
  for (let megabytes = 16; megabytes <= 64; megabytes += 16) splitter.push(chunk);
  expect(() => splitter.push(chunk)).toThrow(expect.objectContaining({ name: 'LineTooLongError' }));
});
