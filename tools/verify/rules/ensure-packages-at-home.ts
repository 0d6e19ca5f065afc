import type { Project } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { packageHomes } from '../rooms.ts';
import { importsOf, packageOf, productFiles } from '../sources.ts';

/** Packages that only some rooms may know are imported there and nowhere else; tools for tests are not part of the product. */
export function ensurePackagesAtHome(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project)) {
    const path = pathOf(file);
    for (const { node, specifier, target } of importsOf(file)) {
      const name = packageOf(specifier);
      const homes = target === undefined && Object.hasOwn(packageHomes, name) ? packageHomes[name] : undefined;
      if (homes === undefined || homes.some((home) => path.startsWith(`src/${home}/`))) {
        continue;
      }
      addAt(
        addProblem,
        node,
        homes.length === 0 ? `${name} is for tests and tools only` : `${name} is known to ${homes.join(' and ')} only`,
      );
    }
  }
}
