import { allows } from './access.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import { platformRole } from './platform.ts';
import { idIn, isUUID, type PolicyRecord } from './records.ts';
import { longPrincipal, longResource } from './references.ts';
import { forbidden, internal, notFound } from './refusals.ts';
import { listedPolicyView, policyView } from './views.ts';

const path = '/v1beta1/policies';
const service = 'FrontierService';
const right = 'app_organization_policymanage';

/** Who holds which role. */
export const policyOperations: readonly FrontierOperation[] = [
  {
    operationId: 'ListPolicies',
    service,
    rest: { method: 'GET', path, query: ['org_id', 'project_id', 'user_id', 'role_id', 'group_id'] },
    handle: listed,
  },
  { operationId: 'CreatePolicy', service, rest: { method: 'POST', path, body: 'body' }, handle: created },
  {
    operationId: 'GetPolicy',
    service,
    rest: { method: 'GET', path: `${path}/{id}` },
    handle: (call) => ({ policy: listedPolicyView(policyOf(call)) }),
  },
  {
    operationId: 'DeletePolicy',
    service,
    rest: { method: 'DELETE', path: `${path}/{id}` },
    handle: (call) => {
      call.state.policies.delete(policyOf(call).id);
      return {};
    },
  },
];

/** The filters narrow each other down; all of them are texts that are compared, so what is unknown finds nothing. */
function listed(call: Call): View {
  const { state, message } = call;
  const [organization, project, group] = [message.text('org_id'), message.text('project_id'), message.text('group_id')];
  const principal = state.userOf(message.text('user_id'))?.id ?? message.text('user_id');
  const role = platformRole(message.text('role_id'))?.id ?? message.text('role_id');
  const caller = call.caller();
  if (organization !== '') call.organization(organization, right);
  else if (project === '' && group === '' && principal !== caller.id && !caller.superuser) forbidden();
  const found = [...state.policies.values()].filter(
    (policy) =>
      (organization === '' || policy.resource === `app/organization:${organization}`) &&
      (project === '' || policy.resource === `app/project:${project}`) &&
      (group === '' || policy.resource === `app/group:${group}`) &&
      (principal === '' || idIn(policy.principal) === principal) &&
      (role === '' || policy.roleID === role),
  );
  return { policies: found.map(listedPolicyView) };
}

/** The same triple is the same policy. Whether there is such a principal, and whose the role is, nobody asks. */
function created(call: Call): View {
  const { state, message } = call;
  const body = message.message('body');
  for (const field of ['role_id', 'resource']) {
    if (body.text(field).length < 3) call.invalid(`body.${field}`, 'value length must be at least 3 characters');
  }
  const resource = longResource(body.text('resource')) ?? internal();
  if (!isUUID(idIn(resource))) internal();
  authorize(call, resource);
  const principal = principalOf(call, body.text('principal'));
  const roleID = body.text('role_id');
  const role = (isUUID(roleID) ? state.roleByID(roleID) : platformRole(roleID)) ?? internal();
  return { policy: policyView(state.bind({ roleID: role.id, resource, principal }, body.metadata('metadata'))) };
}

function principalOf(call: Call, text: string): string {
  if (!text.includes(':') && call.state.speaksREST) internal();
  const principal =
    longPrincipal(text) ?? call.invalid('body.principal', 'value must be app/user, app/group or app/serviceuser and a uuid');
  return isUUID(idIn(principal)) ? principal : internal();
}

function policyOf(call: Call): PolicyRecord {
  const policy = call.state.policies.get(call.message.text('id')) ?? notFound('policy');
  authorize(call, policy.resource);
  return policy;
}

/** Refuses who may not manage policies on a resource. */
function authorize(call: Call, resource: string): void {
  const { state } = call;
  const caller = call.caller();
  const id = resource.startsWith('app/group:') ? state.groups.get(idIn(resource))?.organizationID : idIn(resource);
  const organization = state.organizations.get(id ?? '');
  if (organization !== undefined && allows(state, caller, organization, right)) return;
  if (!(resource.startsWith('app/project:') && caller.superuser)) forbidden();
}
