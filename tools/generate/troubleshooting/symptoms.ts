/** How to find out what is wrong. Markdown, block by block. */
export const howToLook: readonly string[] = [
  'Every object says in its conditions what is wrong and what to do. `kubectl get` shows the reason of `Ready`, `kubectl describe` the messages:',
  '```sh\nkubectl get rolekeeper -A\nkubectl describe orgrole NAME -n NAMESPACE\nkubectl events -n NAMESPACE --for orgrole/NAME\n```',
  'Roles that need a person, in all namespaces:',
  `\`\`\`sh\nkubectl get orgroles -A -o json |
  jq -r '.items[] | . as $o | .status.conditions[] | select(.type=="Stalled" and .status=="True")
    | "\\($o.metadata.namespace)/\\($o.metadata.name)\\t\\(.reason)\\t\\(.message)"'\n\`\`\``,
  'The log of the operator has a line for each failure, with the object in `key`, and at `--log-level=debug` one for each pass. No line holds a credential.',
  'After something was mended outside of the cluster, have it looked at now instead of on the interval:',
  '```sh\nkubectl annotate orgrole NAME -n NAMESPACE --overwrite rolekeeper.dev/reconcile-requested-at="$(date -u +%FT%TZ)"\n```',
  'A reason is of `Ready` unless something else is said. [All reasons](../reference/reasons.md) in one table, also those of Events.',
];

/** What goes wrong without a reason. Markdown, block by block. */
export const withoutReason: readonly string[] = [
  '## What has no reason',
  '### Nothing happens',
  'The object has no status, or `Ready` is `Unknown` with reason `Pending`.',
  [
    '1. Does an operator run? `kubectl get pods -n rolekeeper-system`',
    '2. Is it ready? `/readyz` lists what it waits for. A CRD that is missing or a right that it lacks is in the log, with the file to apply.',
    '3. Does one lead? `kubectl get lease rolekeeper -n rolekeeper-system` names the holder; its `rolekeeper_leader` is 1. After a crash the next one waits for `--lease-duration`.',
    '4. Is the namespace among `--watch-namespaces`?',
    '5. Is the queue long? `rolekeeper_queue_depth`; a first pass over many organizations takes as long as the provider lets it. See [metrics](metrics.md).',
  ].join('\n'),
  '### `kubectl get roles` shows something else',
  'Those are the Roles of Kubernetes. These are `orgroles` and `orgrolebindings`.',
  '### The object is refused when it is applied',
  'The API server checks the form of objects, and with the admission policies also the limits of the provider object: the message names the field. `kubectl explain orgrole.spec` describes each.',
  '### An object stays after it was deleted',
  'It has the reason `Deleting`, `RoleInUse`, `Paused`, or that of the call that fails, and its message says `Deletion waits`. To let it go and leave what is at the provider:',
  '```sh\nkubectl annotate orgrole NAME -n NAMESPACE rolekeeper.dev/force-delete=true\n```',
  'Without an operator nobody removes the finalizer `rolekeeper.dev/external-role`: start one, or remove it by hand if there never will be one again.',
  '### The role is right and somebody still lacks access',
  'Sessions and tokens that were issued before keep their permissions until they end: that is between the provider and your product.',
];
