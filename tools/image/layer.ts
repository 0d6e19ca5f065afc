import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Entry, withParents } from './entries.ts';

/** A layer of the image. */
export interface Layer {
  /** What it holds, for the image's history. */
  readonly title: string;
  /** The compressed archive. */
  readonly bytes: Uint8Array;
  /** Digest of the archive before it was compressed. */
  readonly diffId: string;
}

/** Files have no age: a layer is the same to the byte as long as its files are. */
const noTime = new Date(0);
const types = { file: 'file', directory: 'directory', link: 'symlink' } as const;

/** Makes an archive of the entries and of the directories that they lie in. */
export async function makeLayer(title: string, entries: readonly Entry[]): Promise<Layer> {
  const archive = await archiveOf(withParents(entries));
  return { title, bytes: await promisify(gzip)(archive), diffId: digestOf(archive) };
}

/** As OCI writes it. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const entry of entries) {
    const { path, mode, owner = 0, kind } = entry;
    const header = { name: path.slice(1), mode, uid: owner, gid: owner, mtime: noTime, type: types[kind] };
    if (kind === 'file') packed.entry(header, Buffer.from(entry.content));
    else packed.entry(kind === 'link' ? { ...header, linkname: entry.target } : header);
  }
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
