import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { directory, file, link, program } from './entries.ts';
import { digestOf, makeLayer } from './layer.ts';

const entries = [
  file('/app/b', 'two'),
  link('/lib', 'usr/lib'),
  program('/app/a', Buffer.from('one')),
  { ...directory('/tmp'), mode: 0o1777 },
];

/** Names in the order of an archive, read from its headers of 512 bytes. */
function namesIn(archive: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; archive[at] !== 0 && at < archive.length; ) {
    const field = (from: number, length: number) => archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/, '');
    names.push(`${field(0, 100)} ${field(100, 8).trim()} ${field(136, 12).trim()}`);
    at += 512 + Math.ceil(Number.parseInt(field(124, 12), 8) / 512) * 512;
  }
  return names;
}

describe('a layer', () => {
  it('is the same in whatever order its files come', async () => {
    expect(await makeLayer('x', entries.toReversed())).toEqual(await makeLayer('x', entries));
  });

  it('holds the files by path, of no time, with the folders that they lie in', async () => {
    const { bytes } = await makeLayer('x', entries);
    expect(namesIn(gunzipSync(bytes)).map((name) => name.replace(/ 0+(\d)/g, ' $1'))).toEqual([
      'app 755 0',
      'app/a 755 0',
      'app/b 644 0',
      'lib 777 0',
      'tmp 1777 0',
    ]);
  });

  it('is known by the digest of its archive', async () => {
    const { bytes, diffId } = await makeLayer('x', entries);
    expect(diffId).toBe(digestOf(gunzipSync(bytes)));
  });
});
