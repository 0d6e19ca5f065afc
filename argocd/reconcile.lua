-- Asks for a look now instead of at the next interval. The operator repeats the value in status.lastHandledReconcileAt.

local os = require("os")

if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["rolekeeper.dev/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
