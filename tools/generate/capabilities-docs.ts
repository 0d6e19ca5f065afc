import { resolve } from 'node:path';
import { Project } from 'ts-morph';
import { drivers } from '../../src/drivers.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { code, page, table } from './emit/markdown.ts';
import { type Emitter, generatedNotice } from './emitter.ts';

/** One capability and what it means, as its type documents it. */
export interface CapabilityText {
  readonly name: string;
  readonly meaning: string;
}

/** What is asked of a driver. */
type Described = Pick<ProviderDriver, 'type' | 'capabilities' | 'lesser'>;

/** `docs/reference/capabilities.md`: what each provider can do, from what its driver says of itself. */
export function capabilitiesPageEmitter(root: string, list: readonly Described[] = drivers): Emitter {
  return {
    name: 'Capabilities',
    emit: () => [{ path: 'docs/reference/capabilities.md', text: capabilitiesPage(readCapabilities(root), list) }],
  };
}

/** The capabilities there are, in the order of their type. Throws for one without a docstring. */
export function readCapabilities(root: string): readonly CapabilityText[] {
  const file = new Project({ skipAddingFilesFromTsConfig: true }).addSourceFileAtPath(resolve(root, 'src/model/capabilities.ts'));
  return file
    .getInterfaceOrThrow('Capabilities')
    .getProperties()
    .map((property) => {
      const meaning = property.getJsDocs()[0]?.getDescription().trim().replace(/\s+/g, ' ');
      if (meaning === undefined || meaning === '') throw new Error(`capability ${property.getName()} has no docstring`);
      return { name: property.getName(), meaning };
    });
}

function capabilitiesPage(capabilities: readonly CapabilityText[], list: readonly Described[]): string {
  const sorted = [...list].sort((a, b) => (a.type < b.type ? -1 : 1));
  const columns = sorted.flatMap(({ type, capabilities: most, lesser = {} }) => [
    { title: `[${type}](../providers/${type}.md)`, own: most },
    ...Object.entries(lesser).map(([lack, own]) => ({ title: `${type} ${lack}`, own })),
  ]);
  const has = (own: Described['capabilities'], name: string): string => (own[name as keyof typeof own] ? 'yes' : '–');
  return page(
    `<!-- ${generatedNotice} -->`,
    '# What each provider can do',
    'rolekeeper asks these of a provider and never which one it is. A connection can do less than its kind: a server of an older version, a missing setting. What the one in your cluster can do stands in `status.capabilities` of its provider object.',
    table(
      ['Capability', ...columns.map(({ title }) => title), 'Meaning'],
      capabilities.map(({ name, meaning }) => [code(name), ...columns.map(({ own }) => has(own, name)), meaning]),
    ),
  );
}
