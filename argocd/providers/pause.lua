-- Stops every Role and RoleBinding that uses the provider.

obj.spec.pause = true
return obj
