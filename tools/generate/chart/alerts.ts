/** An alert and what its reader has to know. */
export interface Alert {
  readonly name: string;
  /** PromQL. `job="rolekeeper"` stands for the target; the chart puts the real one in its place. */
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  /** `critical`: access isn't kept. `warning`: somebody has to look. `info`: worth knowing. */
  readonly severity: 'critical' | 'warning' | 'info';
  /** One line; may name labels of the expression. */
  readonly summary: string;
  /** For the runbook, in Markdown. */
  readonly meaning: string;
  /** Steps, in Markdown. */
  readonly steps: readonly string[];
}

const self = 'job="rolekeeper"';
const people = 'kind=~"Role|RoleBinding"';
const providers = 'kind=~"RoleProvider|ClusterRoleProvider"';

const operatorAlerts: readonly Alert[] = [
  {
    name: 'RolekeeperDown',
    expr: `absent(up{${self}} == 1)`,
    for: '5m',
    severity: 'critical',
    summary: 'No replica of rolekeeper answers.',
    meaning: 'Prometheus reaches no replica. What is at the providers stays as it is; changes and drift wait, and nobody loses anything.',
    steps: [
      '`kubectl -n rolekeeper-system get pods -l app.kubernetes.io/name=rolekeeper` and `kubectl describe pod`: is it scheduled, is the image there, does it end?',
      '`kubectl -n rolekeeper-system logs POD --previous`: the last line before the end says why.',
      'Pods run, but Prometheus can’t reach them: look at the targets page of Prometheus and at `networkPolicy.metricsFrom`.',
    ],
  },
  {
    name: 'RolekeeperNoLeader',
    expr: `sum(rolekeeper_leader{${self}}) == 0`,
    for: '2m',
    severity: 'critical',
    summary: 'Replicas of rolekeeper run, but none leads: nothing is kept.',
    meaning: 'No replica holds the Lease, so none writes. A change of leader takes seconds; minutes mean that the Lease can’t be had.',
    steps: [
      'The log says `A try to take or renew the Lease failed` with the reason: the API server is slow or away, or the right is missing.',
      '`kubectl -n rolekeeper-system get lease rolekeeper -o yaml`: who holds it, and when was it renewed? A holder that no longer exists loses it after `leaseDuration`.',
      'Another installation uses the same Lease: give each its own `fullnameOverride` or `leaderElection.leaseName`.',
    ],
  },
  {
    name: 'RolekeeperManyLeaders',
    expr: `sum(rolekeeper_leader{${self}}) > 1`,
    for: '2m',
    severity: 'critical',
    summary: 'More than one replica of rolekeeper leads.',
    meaning:
      'Two processes write. For one installation this can’t happen; it means that two installations are counted together, or use different Leases for the same objects.',
    steps: [
      '`kubectl get pods -A -l app.kubernetes.io/name=rolekeeper` and `kubectl get leases -A | grep rolekeeper`: is there a second installation?',
      'Two installations may only share a cluster when their `watchNamespaces` have nothing in common. Scale one of them to zero until they do.',
      'Does somebody run the operator beside it, for example from a clone with `--leader-elect=false`?',
    ],
  },
  {
    name: 'RolekeeperPanics',
    expr: `sum by (controller) (increase(rolekeeper_reconcile_panics_total{${self}}[15m])) > 0`,
    for: '0m',
    severity: 'warning',
    summary: 'A turn of the controller {{ $labels.controller }} threw: a fault in rolekeeper.',
    meaning: 'The object in question is tried again and its status stays as it was; others go on.',
    steps: [
      '`kubectl -n rolekeeper-system logs -l app.kubernetes.io/name=rolekeeper --tail=-1 | grep \'"level":"error"\'`: the line has the stack and the object. Only the replica that leads has it.',
      'Report it with that line and the manifest. Neither holds a credential; look anyway.',
      '`spec.suspend: true` on the object keeps it from being tried until there is a release that mends it.',
    ],
  },
  {
    name: 'RolekeeperReconcileErrors',
    expr: `sum by (controller) (rate(rolekeeper_reconcile_total{${self}, result="retry"}[10m])) / sum by (controller) (rate(rolekeeper_reconcile_total{${self}}[10m])) > 0.25`,
    for: '15m',
    severity: 'warning',
    summary: 'More than a quarter of the passes of controller {{ $labels.controller }} fail and are tried again.',
    meaning: 'Something that mends itself doesn’t: a provider or the API server fails, or asks to slow down.',
    steps: [
      'Is `RolekeeperProviderErrors`, `RolekeeperProviderNotReady` or `RolekeeperKubernetesErrors` on as well? Begin there.',
      '`kubectl get rolekeeper -A`: the reasons of what isn’t ready say what fails; [all reasons](../reference/reasons.md).',
    ],
  },
  {
    name: 'RolekeeperStaleWatch',
    expr: `min by (pod, resource) (rolekeeper_reflector_synced{${self}}) == 0`,
    for: '10m',
    severity: 'warning',
    summary: 'A replica of rolekeeper can’t read {{ $labels.resource }} of the cluster.',
    meaning: 'What the replica knows of the cluster may be old or incomplete. It writes nothing on the strength of what it hasn’t read.',
    steps: [
      'The log of the pod says what to do: a CRD is missing, a right is missing, or the API server can’t be reached.',
      '`kubectl auth can-i watch orgroles.rolekeeper.dev -A --as=system:serviceaccount:rolekeeper-system:rolekeeper`.',
      'With `watchNamespaces`: does each of the namespaces still exist, with its Role and RoleBinding?',
    ],
  },
  {
    name: 'RolekeeperKubernetesErrors',
    expr: `sum(rate(rolekeeper_kubernetes_requests_total{${self}, code=~"0|429|5.."}[5m])) / sum(rate(rolekeeper_kubernetes_requests_total{${self}}[5m])) > 0.1`,
    for: '15m',
    severity: 'warning',
    summary: 'More than a tenth of the calls to the API server fail.',
    meaning:
      'The API server fails, is away or has rolekeeper wait. Status and Events come late; when the Lease can’t be renewed nothing is written at all.',
    steps: [
      'Is the API server well? `kubectl get --raw /readyz?verbose`.',
      'Status 429: priority and fairness holds calls back. Look which other client floods the server.',
      'Only rolekeeper is concerned: look at its network policy and at the nodes that its pods run on.',
    ],
  },
  {
    name: 'RolekeeperQueueBacklog',
    expr: `max by (queue) (rolekeeper_queue_depth{${self}, state="ready"}) > 100`,
    for: '15m',
    severity: 'warning',
    summary: 'More than 100 objects wait in the queue {{ $labels.queue }} of rolekeeper for a worker.',
    meaning: 'More is to be done than gets done. Changes of manifests go before looks for drift, so people notice last.',
    steps: [
      'A burst of new objects at a provider with a low rate limit takes its time: `rolekeeper_provider_rate_limit_wait_seconds_total` grows. Wait, or raise `spec.rateLimit` of the provider object if the provider allows it.',
      'All workers are busy (`rolekeeper_busy_workers`) and no provider is at its limit: raise `workers`, or give the pod more CPU.',
      'Longer intervals (`spec.interval` of the provider object) mean fewer looks.',
    ],
  },
  {
    name: 'RolekeeperSlowPasses',
    expr: `histogram_quantile(0.99, sum by (controller, le) (rate(rolekeeper_reconcile_duration_seconds_bucket{${self}}[10m]))) > 60`,
    for: '15m',
    severity: 'warning',
    summary: 'One in a hundred passes of controller {{ $labels.controller }} takes longer than a minute.',
    meaning: 'Passes wait for a provider: it is slow, or its rate limit is low for what is asked of it.',
    steps: [
      'Which provider? Compare `rolekeeper_provider_request_duration_seconds` and `rolekeeper_provider_rate_limit_wait_seconds_total` by `provider`.',
      'Slow answers: ask the provider. `spec.timeout` bounds what is waited for one call.',
      'Waiting for the limit: see `RolekeeperQueueBacklog`.',
    ],
  },
];

const objectAlerts: readonly Alert[] = [
  {
    name: 'RolekeeperObjectsNotReady',
    expr: `max by (kind) (rolekeeper_conditions{${self}, ${people}, type="Ready", status="False"}) > 0`,
    for: '30m',
    severity: 'warning',
    summary: '{{ $value }} objects of kind {{ $labels.kind }} are not as declared.',
    meaning: 'For half an hour there was always some object that the provider doesn’t hold as declared.',
    steps: [
      '`kubectl get orgroles,orgrolebindings -A | grep -v True`: each has a reason, and its message says what to do.',
      '`rolekeeper_condition_reasons{type="Ready", status="False"}` sums up the reasons.',
      '`DriftFound` is mode `Observe`: what is only looked at and differs isn’t ready either. See `RolekeeperDriftStays`.',
    ],
  },
  {
    name: 'RolekeeperProviderNotReady',
    expr: `max by (kind, reason) (rolekeeper_condition_reasons{${self}, ${providers}, type="Ready", status="False", reason!="Paused"}) > 0`,
    for: '10m',
    severity: 'critical',
    summary: 'A {{ $labels.kind }} is not ready: {{ $labels.reason }}.',
    meaning: 'Nothing is read or written through it. What it holds stays as it is; changes, drift and expiring grants wait.',
    steps: [
      '`kubectl get roleproviders,clusterroleproviders -A` and `kubectl describe`: the message says what is wrong.',
      '`CredentialsInvalid`, `Forbidden`: the key was revoked or lacks a right. Put a new one into the Secret; no restart is needed.',
      '`SecretNotFound`, `SecretKeyNotFound`, `SecretForbidden`: the Secret, its key or the right to read it is missing (`credentialsNamespaces`).',
      '`Unreachable`, `ProviderUnavailable`: is the provider down, or does a network policy or proxy hold calls up?',
    ],
  },
  {
    name: 'RolekeeperProviderErrors',
    expr: `sum by (provider) (rate(rolekeeper_provider_requests_total{${self}, code=~"5..|timeout|network|invalid_answer"}[10m])) / sum by (provider) (rate(rolekeeper_provider_requests_total{${self}}[10m])) > 0.2`,
    for: '15m',
    severity: 'warning',
    summary: 'More than a fifth of the calls to {{ $labels.provider }} fail.',
    meaning: 'Failed reads change nothing; writes that were cut off are repeated. What is declared comes late.',
    steps: [
      'Which operation and which code? `sum by (operation, code) (rate(rolekeeper_provider_requests_total[10m]))`.',
      'Look at the status page of the provider. `invalid_answer` without an outage there: a proxy answers in its place, or its API changed.',
    ],
  },
  {
    name: 'RolekeeperProviderThrottled',
    expr: `sum by (provider) (increase(rolekeeper_provider_pauses_total{${self}}[30m])) > 5`,
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.provider }} asked rolekeeper to slow down again and again.',
    meaning: 'Each time all calls to the provider pause for as long as it asks. Others that use the same account may suffer too.',
    steps: [
      'Lower `spec.rateLimit` of the provider object below what the provider allows.',
      'Does something else use the same credentials? Limits often hold for the account.',
      'Two provider objects with the same account limit each other only at the provider: use one ClusterRoleProvider.',
    ],
  },
  {
    name: 'RolekeeperPaused',
    expr: `max by (kind) (rolekeeper_paused_objects{${self}}) > 0`,
    for: '1h',
    severity: 'info',
    summary: '{{ $value }} objects of kind {{ $labels.kind }} have been paused for an hour.',
    meaning:
      'Somebody stopped work for the cluster (`pause`), a namespace or a provider. Nothing is corrected there, and grants don’t end on time.',
    steps: [
      'The message of the objects says who is paused: `kubectl get orgroles -A -o wide | grep Paused`.',
      'Ask whoever did it; [the stop switch](../guardrails.md) says how to undo it.',
    ],
  },
  {
    name: 'RolekeeperDriftFound',
    expr: `sum by (provider) (increase(rolekeeper_drift_detected_total{${self}}[1h])) > 0`,
    for: '0m',
    severity: 'info',
    summary: 'Roles at {{ $labels.provider }} were changed behind the back of rolekeeper.',
    meaning: 'Somebody or something changed a role by hand. It was put right, unless `RolekeeperDriftStays` is on too.',
    steps: [
      '`kubectl events -A --types=Normal,Warning | grep Drift`: which role, and what was added or removed.',
      'The audit log of the provider says who it was. What should stay goes into the manifest.',
    ],
  },
  {
    name: 'RolekeeperDriftStays',
    expr: `max by (kind) (rolekeeper_drifted_objects{${self}}) > 0`,
    for: '1h',
    severity: 'warning',
    summary: '{{ $value }} objects of kind {{ $labels.kind }} differ from what is declared, for an hour.',
    meaning: 'Drift is known and not corrected: mode `Observe`, a plan that waits for approval, or a fight with something else.',
    steps: [
      '`kubectl get orgroles -A -o wide`, then `kubectl describe` one: `status.drift` has the difference, `Drifted` the reason.',
      '`managementMode: Observe`: as asked. Turn the alert off by `disabledAlerts`, or change the mode.',
      'Otherwise with `DriftFound` or `ManagementConflict`: see `RolekeeperPlanPending` and `RolekeeperManagementConflict`.',
    ],
  },
  {
    name: 'RolekeeperPlanPending',
    expr: `max by (kind) (rolekeeper_condition_reasons{${self}, type="Ready", reason="PlanPending"}) > 0`,
    for: '15m',
    severity: 'warning',
    summary: '{{ $value }} objects of kind {{ $labels.kind }} wait for somebody to approve removals.',
    meaning:
      'A plan takes away more than its budget allows, or takes a role over. Until somebody approves it nothing of it is done, additions included.',
    steps: [
      '`kubectl get orgroles,orgrolebindings -A | grep PlanPending`, then read `status.plan` of the object: is this what you want?',
      'If so, the message of `Ready` ends with the `kubectl annotate` line that approves exactly this plan.',
      'If not, correct the manifest; [guardrails](../guardrails.md) explains the budget.',
    ],
  },
  {
    name: 'RolekeeperManagementConflict',
    expr: `max by (kind) (rolekeeper_condition_reasons{${self}, type=~"Ready|Drifted", reason="ManagementConflict"}) > 0`,
    for: '10m',
    severity: 'warning',
    summary: '{{ $value }} objects of kind {{ $labels.kind }} are in a fight over their role.',
    meaning:
      'Two objects claim the same role, or something else keeps changing it back. Corrections become rarer until somebody settles it.',
    steps: [
      '`kubectl get orgroles -A -o wide | grep ManagementConflict`: the message names the other object, or says how often the role was changed back.',
      'Another object: delete one of the two. With `deletionPolicy: Retain` the role stays.',
      'Something else: [when somebody keeps changing it back](../guardrails.md#when-somebody-keeps-changing-it-back).',
    ],
  },
  {
    name: 'RolekeeperSubjectsFailed',
    expr: `max(rolekeeper_subjects_failed{${self}}) > 0`,
    for: '30m',
    severity: 'warning',
    summary: '{{ $value }} subjects of RoleBindings could not be handled.',
    meaning: 'These people don’t hold a role that they should hold, or still hold one that they shouldn’t.',
    steps: [
      '`kubectl get orgrolebindings -A | grep SubjectsFailed`; `status.failures` names each subject with its reason.',
      'An address or id that the provider doesn’t know: correct it, or invite the person there.',
    ],
  },
];

/** Every alert, in the order in which one looks: the operator first, then what it keeps. */
export const alerts: readonly Alert[] = [...operatorAlerts, ...objectAlerts];
