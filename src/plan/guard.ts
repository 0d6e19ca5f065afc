import { type Check, firstRefusal, type ObservedRole, type Refusal, type RolePlan } from '../model/index.ts';
import { permissionsHash } from './canonical.ts';
import { changedFieldNames } from './role-plan.ts';
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
    message: `Role "${plan.ref.slug}" of organization "${plan.ref.organization}" is a system or environment role of the provider and is never changed. Use another slug.`,
    terminal: true,
  };
}

function adoption({ observed, ours, plan, adoptionPolicy }: GuardInput): Refusal | undefined {
  if (observed === undefined || ours || adoptionPolicy === 'Always') return undefined;
  if (adoptionPolicy === 'IfIdentical' && plan.action === 'none') return undefined;
  const role = `Role "${plan.ref.slug}" of organization "${plan.ref.organization}"`;
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
