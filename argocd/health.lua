-- Health of a Role, RoleBinding, RoleProvider or ClusterRoleProvider.
--
-- Healthy      the provider holds what is declared, and was read back after the last change
-- Progressing  the operator works on it, or tries again by itself
-- Suspended    nothing goes on until a person decides: suspended, paused, a plan to approve, a difference that is only observed
-- Degraded     it can't work as it is declared; the message says what to do
--
-- Argo CD opens no string library for scripts like this one.

local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready or {}

local function is(name, wanted)
  return conditions[name] ~= nil and conditions[name].status == wanted
end

local function health(code, message)
  return { status = code, message = message or "Waiting for the operator." }
end

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", ready.message)
end
if obj.spec.suspend == true then
  return health("Suspended", "spec.suspend is true.")
end
if obj.spec.pause == true then
  return health("Suspended", "spec.pause is true.")
end
if status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing")
end
-- Nobody knows and nobody tries: somebody paused the namespace, the provider or the cluster.
if is("Synced", "Unknown") and not is("Reconciling", "True") then
  return health("Suspended", conditions.Synced.message)
end
if is("Stalled", "True") then
  if conditions.Stalled.reason == "PlanPending" then
    return health("Suspended", conditions.Stalled.message)
  end
  return health("Degraded", conditions.Stalled.message)
end
-- The operator goes on trying, and a person is wanted all the same.
if is("Ready", "False") and (ready.reason == "CredentialsInvalid" or ready.reason == "ManagementConflict") then
  return health("Degraded", ready.message)
end
if is("Reconciling", "True") then
  return health("Progressing", conditions.Reconciling.message)
end
if is("Ready", "True") then
  return health("Healthy", ready.message)
end
if ready.reason == "DriftFound" then
  return health("Suspended", ready.message)
end
return health("Progressing", ready.message)
