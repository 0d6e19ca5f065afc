import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { inRepository } from '../../tools/lib/index.ts';

/** A program that is rolekeeper on a machine whose wall clock is wrong; its path, for `OperatorProcessOptions.program`. */
export async function programWithClock(aheadMs: number): Promise<string> {
  const file = join(await mkdtemp(join(inject('scratch'), 'clock-')), 'main.mjs');
  const main = pathToFileURL(inRepository('src', 'main.ts')).href;
  const text = `
    const TrueDate = Date;
    globalThis.Date = class extends TrueDate {
      constructor(...given) { super(...(given.length === 0 ? [TrueDate.now() + ${aheadMs}] : given)); }
      static now() { return TrueDate.now() + ${aheadMs}; }
    };
    await import(${JSON.stringify(main)});
  `;
  await writeFile(file, text);
  return file;
}
