import type {
  DesiredRole,
  FieldChange,
  JsonValue,
  Observation,
  ObservedRole,
  OwnershipMark,
  PermissionChange,
  RolePlan,
} from '../model/index.ts';
import { sameJson } from './canonical.ts';
import { difference, sortedUnique } from './sets.ts';

/** What a manifest lets rolekeeper do with a role that exists. */
export type ManagementMode = 'Enforce' | 'Additive' | 'Observe';

/** What a plan is made from. */
export interface PlanInput {
  /** As the provider normalised it. */
  readonly desired: DesiredRole;
  readonly observed: Observation;
  readonly mode: ManagementMode;
  /**
   * An earlier write was cut off and may have half happened: write the permission set again even if it looks right.
   */
  readonly rewrite?: boolean;
}

/**
 * The smallest change that makes the provider hold what is declared. Planning again on what the plan produced gives
 * `none`.
 *
 * | observed   | mode             | name, description, extras | permissions                          |
 * |------------|------------------|---------------------------|--------------------------------------|
 * | absent     | any              | all                       | all                                  |
 * | unreadable | any              | all managed               | all                                  |
 * | present    | Enforce, Observe | managed ones that differ  | replaced when the sets differ        |
 * | present    | Additive         | untouched                 | missing ones added, the rest is kept |
 *
 * In mode `Observe` the caller shows the plan and doesn't carry it out.
 */
export function planRole(input: PlanInput): RolePlan {
  switch (input.observed.state) {
    case 'absent':
      return planFromNothing(input.desired, 'create');
    case 'unreadable':
      return planFromNothing(input.desired, 'update');
    case 'present':
      return planAgainst(input, input.observed.role);
  }
}

function planFromNothing(desired: DesiredRole, action: 'create' | 'update'): RolePlan {
  const permissions = sortedUnique(desired.permissions);
  return {
    ref: desired.ref,
    action,
    fields: managedFields(desired),
    permissions: { next: permissions, add: permissions, remove: [], addOnly: false },
    createPermissions: [],
    target: {
      displayName: desired.displayName ?? desired.ref.slug,
      description: desired.description ?? '',
      permissions,
      extras: desired.extras,
      ...(desired.mark === undefined ? {} : { mark: desired.mark }),
    },
  };
}

function planAgainst(input: PlanInput, observed: ObservedRole): RolePlan {
  const { desired, mode } = input;
  const fields = mode === 'Additive' ? {} : changedFields(desired, observed);
  const permissions = permissionChange(input, observed);
  const changed = permissions !== undefined || Object.keys(fields).length > 0;
  const mark = fields.mark ?? observed.mark;
  return {
    ref: desired.ref,
    action: changed ? 'update' : 'none',
    externalID: observed.externalID,
    fields,
    ...(permissions === undefined ? {} : { permissions }),
    createPermissions: [],
    target: {
      displayName: fields.displayName ?? observed.displayName,
      description: fields.description ?? observed.description,
      permissions: permissions?.next ?? observed.permissions,
      extras: { ...observed.extras, ...fields.extras },
      ...(mark === undefined ? {} : { mark }),
    },
  };
}

function permissionChange(input: PlanInput, observed: ObservedRole): PermissionChange | undefined {
  const add = difference(input.desired.permissions, observed.permissions);
  const remove = input.mode === 'Additive' ? [] : difference(observed.permissions, input.desired.permissions);
  if (add.length === 0 && remove.length === 0 && input.rewrite !== true) return undefined;
  const removed = new Set(remove);
  const next = sortedUnique([...observed.permissions, ...add].filter((permission) => !removed.has(permission)));
  return { next, add, remove, addOnly: input.mode === 'Additive' };
}

function managedFields(desired: DesiredRole): FieldChange {
  return {
    ...(desired.displayName === undefined ? {} : { displayName: desired.displayName }),
    ...(desired.description === undefined ? {} : { description: desired.description }),
    ...(Object.keys(desired.extras).length === 0 ? {} : { extras: desired.extras }),
    ...(desired.mark === undefined ? {} : { mark: desired.mark }),
  };
}

function changedFields(desired: DesiredRole, observed: ObservedRole): FieldChange {
  const extras: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(desired.extras)) {
    if (!sameJson(value, observed.extras[key] ?? null)) extras[key] = value;
  }
  return {
    ...(desired.displayName === undefined || desired.displayName === observed.displayName ? {} : { displayName: desired.displayName }),
    ...(desired.description === undefined || desired.description === observed.description ? {} : { description: desired.description }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
    ...(desired.mark === undefined || isSameMark(desired.mark, observed.mark) ? {} : { mark: desired.mark }),
  };
}

function isSameMark(mark: OwnershipMark, other: OwnershipMark | undefined): boolean {
  return mark.cluster === other?.cluster && mark.object === other.object;
}

/** Names of the fields besides permissions that a plan changes, sorted. */
export function changedFieldNames(plan: RolePlan): readonly string[] {
  const { displayName, description, extras, mark } = plan.fields;
  return sortedUnique([
    ...(displayName === undefined ? [] : ['displayName']),
    ...(description === undefined ? [] : ['description']),
    ...Object.keys(extras ?? {}),
    ...(mark === undefined ? [] : ['ownershipMark']),
  ]);
}

/** A plan that also adds these permissions to the provider's catalogue before it uses them. */
export function withCreatedPermissions(plan: RolePlan, unknown: readonly string[]): RolePlan {
  return { ...plan, createPermissions: sortedUnique(unknown) };
}
