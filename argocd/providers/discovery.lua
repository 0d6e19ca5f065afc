-- Actions of a RoleProvider or ClusterRoleProvider.

local paused = obj.spec.pause == true

return {
  ["reconcile"] = { displayName = "Reconcile now", iconClass = "fa fa-fw fa-sync" },
  ["pause"] = { disabled = paused, displayName = "Pause", iconClass = "fa fa-fw fa-pause" },
  ["resume"] = { disabled = not paused, displayName = "Resume", iconClass = "fa fa-fw fa-play" },
}
