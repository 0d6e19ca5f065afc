import { expect, it } from 'vitest';
import { lanesOf } from './bare-calls.ts';
import type { RemoteState } from './binding-site.ts';
import type { ProviderCall } from './call-log.ts';

const memberships = '/user_management/organization_memberships';

const state: RemoteState = {
  organizations: [
    { id: 'org_1', members: [{ id: 'om_1', user: 'user_1', roles: ['member'] }] },
    { id: 'org_2', members: [{ id: 'om_2', user: 'user_2', roles: ['member'] }] },
  ],
};

function call(method: string, target: string): ProviderCall {
  return { operation: 'any', method, target, body: '', status: 200 };
}

it('files calls by organization and keeps their order in each', () => {
  const calls = [
    call('GET', `${memberships}?organization_id=org_2&limit=100`),
    call('GET', `${memberships}?organization_id=org_1&limit=100`),
    call('PUT', `${memberships}/om_2`),
    call('GET', '/authorization/permissions?limit=100'),
    call('PUT', `${memberships}/om_1`),
    call('GET', '/authorization/organizations/org_2/roles'),
  ];
  expect(lanesOf(calls, state)).toEqual([[calls[0], calls[2], calls[5]], [calls[1], calls[4]], [calls[3]]]);
});

it('refuses a membership that the state does not have: the call could not be made again', () => {
  expect(() => lanesOf([call('PUT', `${memberships}/om_9`)], state)).toThrow('om_9');
});
