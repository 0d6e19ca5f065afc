import type { Role, RoleStatus } from '../src/api/index.ts';
import { resources } from '../src/kube/index.ts';
import { forEachLimited, timestamp } from '../src/lib/index.ts';
import { permissionsHash } from '../src/plan/index.ts';
import { nextRoleStatus } from '../src/status/index.ts';
import type { RoleSite } from './role-site.ts';

/**
 * Status patches under way at once: as many as the operator has in one organization. With ten organizations at a time it may have ten
 * times as many, over the 64 connections of its client; on two cores that many took no less time, so this is the harder comparison.
 */
const concurrency = 16;

/**
 * Seconds that the status writes of converging take by themselves: no operator runs, nothing else is watched, read or written. Makes
 * the site's Roles and removes them again.
 */
export async function timeBarePatches(site: RoleSite): Promise<number> {
  await site.createRoles();
  const api = await site.operatorClient();
  let seconds: number;
  try {
    const patches = (await site.listRoles()).map((role) => ({ role, statuses: statusesOf(role) }));
    const begun = performance.now();
    await forEachLimited(patches, concurrency, async ({ role, statuses }) => {
      const { name, namespace = '', uid = '' } = role.metadata;
      let { resourceVersion = '' } = role.metadata;
      for (const status of statuses) {
        const written = await api.applyStatus<Role>(resources.roles, { name, namespace, uid, resourceVersion }, status, site.signal);
        resourceVersion = written.metadata.resourceVersion ?? '';
      }
    });
    seconds = (performance.now() - begun) / 1000;
  } finally {
    await api.close();
  }
  await site.deleteRoles();
  return seconds;
}

/** What converging reports of a Role: first that it is about to be created, then that it is there. */
function statusesOf(role: Role): readonly RoleStatus[] {
  const now = timestamp(Date.now());
  const { organization, permissions } = role.spec;
  const slug = role.metadata.name;
  const pendingCreate = { organization, slug, permissionsHash: permissionsHash(permissions) };
  const announced = nextRoleStatus(role, { outcome: { kind: 'creating' }, desiredCount: permissions.length, pendingCreate }, now);
  const externalID = 'role_01J00000000000000000000000';
  const observed = { ref: { organization, slug }, externalID, displayName: slug, description: '', permissions, extras: {}, system: false };
  const finished = nextRoleStatus(
    { ...role, status: announced },
    {
      outcome: { kind: 'inSync', verification: 'Observed' },
      externalID,
      ownership: 'Created',
      pendingCreate: null,
      desiredCount: permissions.length,
      observed,
      drift: null,
      lastChange: { time: now, added: permissions, addedCount: permissions.length, removedCount: 0 },
    },
    now,
  );
  return [announced, finished];
}
