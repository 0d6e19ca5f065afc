-- Lets the plan through that waits at this moment, once. Argo CD also runs actions that are shown as disabled, so whether one waits
-- is asked again here: a hash of mode Observe must not approve what the next change of the mode would do.

for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  if condition.type == "Ready" and condition.reason == "PlanPending" and obj.status.plan ~= nil then
    if obj.metadata.annotations == nil then
      obj.metadata.annotations = {}
    end
    obj.metadata.annotations["rolekeeper.dev/approved-plan"] = obj.status.plan.hash
  end
end
return obj
