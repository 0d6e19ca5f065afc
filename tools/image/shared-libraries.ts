import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run, UserError } from '../lib/index.ts';
import { type Entry, link, program } from './entries.ts';

/** What the C library loads by itself when a name of a host is looked up, and the libraries don't say so. */
const loadedLater = /^lib(nss_dns|nss_files|resolv)\.so\.\d+$/;
/** Debian keeps these as links into `usr`, and programs name their loader by the old path. */
const oldFolders = ['lib', 'lib64'];

/** The libraries that a program needs, as this machine has them and where its loader looks for them. Linux with glibc only. */
export async function librariesOf(executable: string): Promise<readonly Entry[]> {
  const needed = await neededBy(executable);
  const folder = dirname(needed.find((path) => basename(path).startsWith('libc.so')) ?? '');
  const later = (await readdir(folder)).filter((name) => loadedLater.test(name)).map((name) => join(folder, name));
  const libraries = await Promise.all([...new Set([...needed, ...later])].map(libraryAt));
  const links = oldFolders.filter((name) => libraries.some(({ path }) => path.startsWith(`/usr/${name}/`)));
  return [...libraries, ...links.map((name) => link(`/${name}`, `usr/${name}`))];
}

/** Absolute paths, the loader included. */
export function parseLdd(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => /^\s*(?:\S+ => )?(\/\S+)( \(0x[0-9a-f]+\))?$/.exec(line)?.[1]);
  return lines.filter((path) => path !== undefined);
}

async function neededBy(executable: string): Promise<readonly string[]> {
  const finished = await run('ldd', [executable]).catch(() => undefined);
  const paths = parseLdd(finished?.stdout ?? '');
  if (!paths.some((path) => basename(path).startsWith('libc.so'))) {
    throw new UserError('The root file system takes the C library of this machine, and here ldd finds none: it needs Linux with glibc.');
  }
  return paths;
}

/** Under its name, without links: the folder as it really is, with the content that the name leads to. */
async function libraryAt(path: string): Promise<Entry> {
  const folder = await realpath(dirname(path));
  const inUsr = folder.startsWith('/usr/') ? folder : `/usr${folder}`;
  return program(join(inUsr, basename(path)), await readFile(path));
}
