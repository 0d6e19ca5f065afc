import { ProviderError } from '../../model/index.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is a tenant's id in the one spelling that is taken here: a uuid in lower case. */
export function isTenantID(text: string): boolean {
  return uuid.test(text);
}

/** The header that says which tenant a call is for. Throws `invalid` for what is no tenant's id: it never reaches a header. */
export function tenantHeader(tenant: string, operation: string): Readonly<Record<string, string>> {
  if (isTenantID(tenant)) return { 'x-tenant-id': tenant };
  throw new ProviderError(
    'invalid',
    `jitsudo ${operation}: ${JSON.stringify(tenant)} is not the id of a tenant, which is a uuid in lower case`,
    {
      operation,
    },
  );
}
