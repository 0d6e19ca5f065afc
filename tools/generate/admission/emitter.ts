import { stringify } from 'yaml';
import { drivers } from '../../../src/drivers.ts';
import type { Api, Schema } from '../api/model.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';
import { type Manifest, policies } from './policies.ts';
import type { SpellingDriver } from './spelling.ts';

/** Where the policies lie, relative to the repository. */
const path = 'charts/rolekeeper/install/admission.yaml';

const head = `# ${generatedNotice}
# Optional: has the API server refuse what spec.grants and spec.guardrails.protectedSlugs of a provider object don't allow as soon as it is
# applied. The operator refuses it in any case. Needs Kubernetes 1.30 or newer. See docs/guardrails.md.
`;

/** The optional admission policies. */
export function admissionEmitter(api: Api, list: readonly SpellingDriver[] = drivers): Emitter {
  return {
    name: 'Admission policies',
    emit: () => {
      const manifests = policies({ group: api.group, version: api.version, drivers: list, mostGrants: mostGrants(api) });
      return [{ path, text: `${head}${manifests.map(document).join('')}` }];
    },
  };
}

function document(manifest: Manifest): string {
  return `---\n${stringify(manifest, { version: '1.1', lineWidth: 120, aliasDuplicateObjects: false })}`;
}

/** As many entries as the CRD lets `spec.grants` have. */
function mostGrants(api: Api): number {
  const spec = api.kinds.find(({ kind }) => kind === 'RoleProvider')?.fields.find(({ name }) => name === 'spec')?.schema;
  const grants = field(spec, 'grants');
  if (grants?.type !== 'array' || grants.maxItems === undefined) throw new Error('spec.grants of a RoleProvider has no maxItems');
  return grants.maxItems;
}

function field(schema: Schema | undefined, name: string): Schema | undefined {
  return schema?.type === 'object' ? schema.fields.find((each) => each.name === name)?.schema : undefined;
}
