import { type Check, firstRefusal, type ObservedRole, type Refusal, type RolePlan, type RoleRef } from '../model/index.ts';
import { permissionsHash } from './canonical.ts';
import { changedFieldNames, type ManagementMode } from './role-plan.ts';
import { difference } from './sets.ts';

/** What is known when a plan is about to be carried out. */
export interface GuardInput {
  readonly plan: RolePlan;
  /** Undefined: the role doesn't exist or can't be read. */
  readonly observed: ObservedRole | undefined;
  /** Whether the role is under our management already. */
  readonly ours: boolean;
  readonly adoptionPolicy: 'Never' | 'IfIdentical' | 'Always';
  /** Permissions of the plan that the provider doesn't know; empty where it has no catalogue. */
  readonly unknownPermissions: readonly string[];
  readonly unknownPolicy: 'Fail' | 'Create';
  /** Whether the provider lets permissions be added to its catalogue. */
  readonly canCreatePermissions: boolean;
}

/** Whatever would make a plan unsafe or unwanted, most fundamental first. The order is the order in which people see them. */
const guards: readonly Check<GuardInput>[] = [
  systemRole, // never written, whatever the manifest says
  otherCluster, // what another cluster manages stays its own until somebody says so
  adoption, // a role that isn't ours is only taken over as the manifest allows
  unknownPermissions, // nothing is written while one name is wrong
];

/** Why a plan must not be carried out; undefined when it may. */
export function guardPlan(input: GuardInput): Refusal | undefined {
  return firstRefusal(guards, input);
}

function systemRole({ observed, plan }: GuardInput): Refusal | undefined {
  if (observed?.system !== true) return undefined;
  return {
    reason: 'SystemRole',
    message: `${roleName(plan.ref)} is a system or environment role of the provider and is never changed. Use another slug.`,
    terminal: true,
  };
}

function otherCluster({ observed, plan, adoptionPolicy }: GuardInput): Refusal | undefined {
  const mark = observed?.mark;
  const own = plan.fields.mark;
  if (mark === undefined || own === undefined || mark.cluster === own.cluster || adoptionPolicy === 'Always') return undefined;
  return {
    reason: 'ManagementConflict',
    message: `${roleName(plan.ref)} is marked at the provider as managed by Role "${mark.object}" of cluster "${mark.cluster}", and this is cluster "${own.cluster}". Delete that object with deletionPolicy: Retain, give this operator the other id with --cluster-id if it takes that cluster's place, or set spec.adoptionPolicy: Always to take the role over.`,
    terminal: true,
  };
}

/** Whether nothing that a manifest declares would be changed: the mark of who manages a role is no part of what it is. */
function isAsDeclared({ action, permissions, fields }: RolePlan): boolean {
  return action === 'none' || (action === 'update' && permissions === undefined && Object.keys(fields).join() === 'mark');
}

function adoption({ observed, ours, plan, adoptionPolicy }: GuardInput): Refusal | undefined {
  if (observed === undefined || ours || adoptionPolicy === 'Always') return undefined;
  if (adoptionPolicy === 'IfIdentical' && isAsDeclared(plan)) return undefined;
  const role = roleName(plan.ref);
  if (adoptionPolicy === 'Never') {
    return {
      reason: 'AdoptionRefused',
      message: `${role} exists at the provider and isn't managed by this object; spec.adoptionPolicy is Never. Choose another slug, or set spec.adoptionPolicy to IfIdentical or Always.`,
      terminal: true,
    };
  }
  return {
    reason: 'AdoptionRefused',
    message: `${role} exists at the provider, isn't managed by this object and differs from it (${describeDifference(plan)}). Make the manifest equal to it, or set spec.adoptionPolicy: Always to change it to what is declared.`,
    terminal: true,
  };
}

/** What is known when the whole of a role is about to be sent to a provider that can't be read. */
export interface AssertionInput {
  readonly ref: RoleRef;
  readonly mode: ManagementMode;
  readonly adoptionPolicy: GuardInput['adoptionPolicy'];
  /** Whether the role is under our management already. */
  readonly isOurs: boolean;
}

const blindGuards: readonly Check<AssertionInput>[] = [
  blindMode, // what must be seen to be done can't be done blind
  blindAdoption, // a role that may be there and isn't ours is only overwritten when the manifest says so
];

/** Why a role must not be sent to a provider that can't be read; undefined when it may. */
export function guardAssertion(input: AssertionInput): Refusal | undefined {
  return firstRefusal(blindGuards, input);
}

const readBackHint = 'or let the provider read roles back, where it has a setting for it';

function blindMode({ ref, mode }: AssertionInput): Refusal | undefined {
  if (mode === 'Enforce') return undefined;
  const why = mode === 'Observe' ? 'there is nothing to compare with' : 'a permission can only be added to a set that is known';
  return {
    reason: 'Unsupported',
    message: `${roleName(ref)} can't be read at this provider, so spec.managementMode: ${mode} can't be honoured: ${why}. Set spec.managementMode: Enforce, ${readBackHint}.`,
    terminal: true,
  };
}

function blindAdoption({ ref, adoptionPolicy, isOurs }: AssertionInput): Refusal | undefined {
  if (isOurs || adoptionPolicy === 'Always') return undefined;
  return {
    reason: 'AdoptionRefused',
    message: `${roleName(ref)} can't be read at this provider, so nobody can tell whether it exists and what it holds: spec.adoptionPolicy: ${adoptionPolicy} can't be honoured. Set spec.adoptionPolicy: Always to replace whatever is there, ${readBackHint}.`,
    terminal: true,
  };
}

function roleName({ slug, organization }: RoleRef): string {
  return `Role "${slug}" of organization "${organization}"`;
}

function describeDifference(plan: RolePlan): string {
  const add = plan.permissions?.add.length ?? 0;
  const remove = plan.permissions?.remove.length ?? 0;
  const fields = changedFieldNames(plan);
  return [`+${add} −${remove} permissions`, ...(fields.length === 0 ? [] : [`fields ${fields.join(', ')}`])].join('; ');
}

function unknownPermissions(input: GuardInput): Refusal | undefined {
  const { unknownPermissions: unknown, unknownPolicy, canCreatePermissions, plan } = input;
  if (unknown.length === 0) return undefined;
  const names = unknown.map((permission) => `"${permission}"`).join(', ');
  const what = unknown.length === 1 ? `permission ${names}` : `${unknown.length} permissions: ${names}`;
  if (unknownPolicy === 'Fail') {
    return {
      reason: 'PermissionNotFound',
      message: `The provider doesn't know ${what}. Nothing was written to role "${plan.ref.slug}". Correct spec.permissions, create the permission at the provider, or set spec.unknownPermissions: Create.`,
      terminal: true,
    };
  }
  if (canCreatePermissions) return undefined;
  return {
    reason: 'Unsupported',
    message: `The provider doesn't know ${what} and can't create permissions. Nothing was written to role "${plan.ref.slug}". Create them at the provider and set spec.unknownPermissions: Fail.`,
    terminal: true,
  };
}

/**
 * Whether a role found at the provider is one that we were creating when the process died: we had announced the create, and
 * it holds nothing that we would not have written, or exactly what we were about to write before the manifest changed. A role
 * made by somebody else in that moment is kept out by this.
 */
export function isOwnUnfinishedCreate(
  observed: ObservedRole,
  desired: { readonly permissions: readonly string[] },
  announcedHash: string | undefined,
): boolean {
  if (observed.system) return false;
  return difference(observed.permissions, desired.permissions).length === 0 || permissionsHash(observed.permissions) === announcedHash;
}
