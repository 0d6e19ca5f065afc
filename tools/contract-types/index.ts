/**
 * TypeScript types and operation tables from the provider contracts, so that a client can't ask for a path or send a field
 * that its contract doesn't have. One entry of `contractClients` per provider client.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { type Emitter, type GeneratedFile, generatedNotice } from '../generate/emitter.ts';
import { type Schema, typeDeclarations } from './schema-types.ts';

/** What to generate for one provider client. */
export interface ContractClient {
  /** File name in contracts/ without `.openapi.yaml`. */
  readonly contract: string;
  /** Relative to the repository. */
  readonly output: string;
  /** Schemas of the contract that the client uses; those they refer to come along. */
  readonly schemas: readonly string[];
  /** Ids of the operations that the client calls. */
  readonly operations: readonly string[];
}

/** The clients that are written on generated types. */
export const contractClients: readonly ContractClient[] = [
  {
    contract: 'workos',
    output: 'src/providers/workos/generated/contract.ts',
    schemas: [
      'AddRolePermission',
      'CreateOrganizationMembership',
      'CreateOrganizationRole',
      'CreatePermission',
      'OrganizationMembershipList',
      'PermissionList',
      'RoleList',
      'SetRolePermissions',
      'UpdateOrganizationMembership',
      'UpdateRole',
      'UserList',
    ],
    operations: [
      'addOrganizationRolePermission',
      'createOrganizationMembership',
      'createOrganizationRole',
      'createPermission',
      'deleteOrganizationRole',
      'getUser',
      'listOrganizationMemberships',
      'listOrganizationRoles',
      'listPermissions',
      'listUsers',
      'reactivateOrganizationMembership',
      'setOrganizationRolePermissions',
      'updateOrganizationMembership',
      'updateOrganizationRole',
    ],
  },
];

/** Makes the generated files of all clients. `root` is the repository. */
export function contractTypesEmitter(root: string, clients: readonly ContractClient[] = contractClients): Emitter {
  return {
    name: 'types of the provider contracts',
    directories: clients.map((client) => client.output.slice(0, client.output.lastIndexOf('/'))),
    emit: () => Promise.all(clients.map((client) => emitClient(root, client))),
  };
}

/** Paths of generated files that aren't what the contracts say now, sorted; empty when all are fresh. */
export async function staleContractTypes(root: string): Promise<readonly string[]> {
  const files = await contractTypesEmitter(root).emit();
  const stale = await Promise.all(
    files.map(async (file) => {
      const present = await readFile(`${root}/${file.path}`, 'utf8').catch(() => undefined);
      return present === file.text ? [] : [file.path];
    }),
  );
  return stale.flat().sort();
}

interface ContractDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

async function emitClient(root: string, client: ContractClient): Promise<GeneratedFile> {
  const source = `contracts/${client.contract}.openapi.yaml`;
  const document = parse(await readFile(`${root}/${source}`, 'utf8')) as ContractDocument;
  const parts = [
    `// ${generatedNotice}\n// From ${source}.`,
    operationTable(document, client),
    ...typeDeclarations(document.components.schemas, client.schemas),
  ];
  return { path: client.output, text: `${parts.join('\n\n')}\n` };
}

function operationTable(document: ContractDocument, client: ContractClient): string {
  const found = new Map<string, string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId !== undefined) found.set(operation.operationId, `{ method: '${method.toUpperCase()}', path: '${path}' }`);
    }
  }
  const lines = [...client.operations].sort().map((id) => {
    const operation = found.get(id);
    if (operation === undefined) throw new Error(`contracts/${client.contract}.openapi.yaml has no operation ${id}`);
    return `  ${id}: ${operation},`;
  });
  return `/** The operations that the client calls, by their id in the contract. */\nexport const operations = {\n${lines.join('\n')}\n} as const;`;
}
