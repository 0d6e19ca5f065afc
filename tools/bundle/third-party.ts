import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundledPackage } from './packages.ts';

const licenceFile = /^(licen[cs]e|copying|notice)([.-]|$)/i;
const rule = '-'.repeat(80);

/** One text with the licence of each package. Where a package ships none, its own statement has to do. */
export async function thirdPartyLicences(packages: readonly BundledPackage[]): Promise<string> {
  const entries = await Promise.all(packages.map(entryOf));
  return `rolekeeper contains these packages, each under the licence that follows its name.\n\n${entries.join('\n')}`;
}

async function entryOf({ name, version, licence, directory }: BundledPackage): Promise<string> {
  const files = (await readdir(directory)).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  const shown =
    texts.length === 0
      ? [`The package ships no text of its licence; it states ${licence}.`]
      : texts.map((text) => text.replaceAll('\r\n', '\n').trim());
  return `${rule}\n${name} ${version} (${licence})\n${rule}\n\n${shown.join('\n\n')}\n`;
}
