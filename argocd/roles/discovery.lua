-- Actions of a Role or RoleBinding.

local suspended = obj.spec.suspend == true
local plan = obj.status ~= nil and obj.status.plan or nil
local waits = false
for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  if condition.type == "Ready" and condition.reason == "PlanPending" then
    waits = plan ~= nil and not suspended
  end
end

local approve = "Approve plan"
if waits then
  -- Whoever clicks sees which plan it is, and how much it takes away.
  approve = "Approve plan " .. plan.hash .. " (removes " .. (plan.removeCount or plan.revokeCount) .. ")"
end

return {
  ["reconcile"] = { disabled = suspended, displayName = "Reconcile now", iconClass = "fa fa-fw fa-sync" },
  ["suspend"] = { disabled = suspended, displayName = "Suspend", iconClass = "fa fa-fw fa-pause" },
  ["resume"] = { disabled = not suspended, displayName = "Resume", iconClass = "fa fa-fw fa-play" },
  ["approve-plan"] = { disabled = not waits, displayName = approve, iconClass = "fa fa-fw fa-check" },
}
