import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../lib/index.ts';
import { librariesOf, parseLdd } from './shared-libraries.ts';

const said = `\
\tlinux-vdso.so.1 (0x00007fa9f9b1a000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007fa9f9b04000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fa9f95fe000)
\tlibmissing.so.1 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007fa9f9b1c000)
`;

describe('what ldd says', () => {
  it('is read as the paths of libraries and of the loader, without what the kernel gives', () => {
    expect(parseLdd(said)).toEqual(['/lib/x86_64-linux-gnu/libdl.so.2', '/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('is told where it finds no C library', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-ldd-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await writeFile(join(directory, 'script'), '#!/bin/sh\n', { mode: 0o755 });
    await expect(librariesOf(join(directory, 'script'))).rejects.toThrow(UserError);
  });
});
