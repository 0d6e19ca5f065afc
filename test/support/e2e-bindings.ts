import type { RoleBinding } from '../../src/api/index.ts';
import { conditionOf, eventually, stateOf, type Tenant } from './e2e.ts';

/** Waits until a RoleBinding says this of its condition for the generation that it has now. */
export async function untilBinding(tenant: Tenant, name: string, state: string, type = 'Ready'): Promise<RoleBinding> {
  return eventually(async () => {
    const binding = await tenant.binding(name);
    const condition = conditionOf(binding, type);
    if (stateOf(binding, type) !== state || condition?.observedGeneration !== binding.metadata.generation) {
      throw new Error(`${type} of ${name} is ${stateOf(binding, type)}: ${condition?.message}; wanted ${state}`);
    }
    return binding;
  });
}

/** Waits until a RoleBinding is gone. */
export async function untilBindingGone(tenant: Tenant, name: string): Promise<void> {
  await eventually(async () => {
    const binding = await tenant.admin.find<RoleBinding>(tenant.path('orgrolebindings', name));
    if (binding !== undefined) throw new Error(`${name} is still there: ${JSON.stringify(binding.status?.conditions)}`);
  });
}
