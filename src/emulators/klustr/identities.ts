import type { JsonValue } from '../../model/index.ts';
import { assumptions } from './assumptions.ts';
import { type KlustrOperation, ok } from './replies.ts';
import type { IdentityRecord } from './state.ts';

const path = '/identities/admin/users';

/** Everybody who can log in. Organizations know subject ids and don't look whether there is an identity for one. */
export const identityOperations: readonly KlustrOperation[] = [
  {
    operationId: 'adminListIdentities',
    method: 'GET',
    path,
    authority: 'identity.list',
    // Neither filter nor pages.
    handle: ({ state }) => ok([...state.identities.values()].map(identityView)),
  },
  {
    operationId: 'adminGetIdentityBySubjectId',
    method: 'GET',
    path: `${path}/{subjectId}`,
    authority: 'identity.get',
    handle: ({ state, place, crash }) => {
      const identity = state.identities.get(place('subjectId'));
      return identity === undefined ? crash(assumptions.unknownIdentity, null) : ok(identityView(identity));
    },
  },
];

function identityView({ id, email, state }: IdentityRecord): JsonValue {
  return { id, schema_id: 'default', state, traits: { email } };
}
