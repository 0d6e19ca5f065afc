import { isUUID } from './permissions.ts';

/** The platform itself, whose roles are nobody's to keep. */
export const platform = '00000000-0000-0000-0000-000000000000';

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Why a text names no organization whose roles can be kept, and what to do; undefined where it does. */
export function organizationProblem(organization: string): string | undefined {
  const quoted = JSON.stringify(organization);
  if (organization === platform) return `${quoted} is the platform itself, whose roles are never changed; give an organization's uuid`;
  if (pattern.test(organization)) return undefined;
  const hint = isUUID(organization)
    ? `write ${JSON.stringify(organization.toLowerCase())}`
    : 'GET /v1beta1/organizations/NAME (Connect: FrontierService/GetOrganization with {"id":"NAME"}) answers it as organization.id';
  return `${quoted} is not the uuid of an organization in lower case, the only form Frontier takes here; ${hint}`;
}
