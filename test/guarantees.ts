/** A test that proves a guarantee. */
export interface Proof {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Its title, as the file spells it; left out where the whole file is the proof. */
  readonly title?: string;
}

/** Something that users may rely on, whatever happens. */
export interface Guarantee {
  readonly name: string;
  /** One or more sentences in Markdown. */
  readonly text: string;
  readonly proofs: readonly Proof[];
}

const role = 'test/unit/reconcile/role.test.ts';
const binding = 'test/unit/reconcile/binding.test.ts';
const resilience = 'test/unit/reconcile/resilience.test.ts';
const unconfirmed = 'test/unit/reconcile/unconfirmed.test.ts';
const guardrails = 'test/unit/reconcile/guardrails.test.ts';
const provider = 'test/unit/reconcile/provider.test.ts';
const crash = 'test/unit/reconcile/crash.test.ts';
const oneManager = 'test/unit/reconcile/one-manager.test.ts';
const matrix = 'test/matrix/run-matrix.ts';
const chaos = 'test/chaos/chaos.test.ts';

/** What rolekeeper guarantees, each with the tests that fail when it is broken; `docs/reliability.md` shows them. */
export const guarantees: readonly Guarantee[] = [
  {
    name: 'No write on a failed or partial read',
    text: 'An answer that is refused, cut off or late never counts as “there is nothing”. Lists are read to their last page, and one that turned empty is read again before anything is removed.',
    proofs: [
      { file: role, title: 'does not act on one empty read' },
      { file: resilience, title: 'are confirmed each time they turn out empty, also late in a long turn' },
      { file: binding, title: 'of the read leave everything as it was' },
      { file: binding, title: 'of a read that turns out empty lose no grant' },
      { file: matrix },
      { file: chaos },
    ],
  },
  {
    name: 'No needless write',
    text: 'Sets are compared in the spelling of the provider. Looking at something that is as declared writes neither to the provider nor to the cluster.',
    proofs: [
      { file: 'test/e2e/scale.test.ts', title: 'cost one list per organization and no write in an interval without drift' },
      { file: 'test/e2e/scale.test.ts', title: 'are looked at by a restarted operator without a write to either side' },
      { file: 'test/e2e/bindings.test.ts', title: 'cost one look per organization and no write in an interval with nothing to do' },
      { file: 'test/e2e/every-provider.test.ts', title: 'cost one list per interval with nothing to do, and no write' },
    ],
  },
  {
    name: 'A write that was cut off is repeated',
    text: 'When it is not known whether a write arrived, it is remembered and sent once more, even if the list looks right.',
    proofs: [
      { file: role, title: 'repeats an ambiguous write once although the list looks right' },
      { file: unconfirmed, title: 'is repeated although an earlier write of the same role waits to be read back' },
      { file: unconfirmed, title: 'is known again when it arrives late and the create that was repeated finds it' },
      { file: 'test/unit/reconcile/model.test.ts' },
      { file: chaos },
    ],
  },
  {
    name: 'Crash safety',
    text: 'The operator may be killed at any instant; the next start goes on from there. A create is announced in the status before it is sent.',
    proofs: [
      { file: crash, title: '$reason comes to the same end' },
      { file: role, title: 'announces a create before it is sent, and knows its own role after a crash in between' },
      { file: binding, title: 'a crash %s any call loses and leaks no grant' },
      { file: 'test/e2e/kill.test.ts' },
      { file: 'test/e2e/bindings-kill.test.ts' },
      { file: chaos },
    ],
  },
  {
    name: 'One manager',
    text: 'Of two objects that claim the same role the oldest has it, and the other one writes nothing. Only the replica that holds the lease writes, and it stops before the lease can have passed to another.',
    proofs: [
      { file: oneManager, title: 'have one manager, the older' },
      { file: oneManager, title: 'keep it over a restart at which the older one is looked at later' },
      { file: 'test/e2e/role.test.ts', title: 'that claims the same role as an older one writes nothing until that one is gone' },
      { file: crash, title: 'keeps $reason from being written from that moment on' },
      { file: 'test/e2e/leader.test.ts', title: 'do not write both when the leader is stopped, replaced and goes on' },
      { file: chaos },
    ],
  },
  {
    name: 'System roles and roles in use stay',
    text: 'A role of the system or of the environment is never changed, and a role that people hold is not deleted.',
    proofs: [
      { file: role, title: 'never writes a system role, whatever the policy' },
      { file: resilience, title: 'of a system role never asks for it' },
      { file: 'test/e2e/role.test.ts', title: 'with deletionPolicy Delete waits for the last holder, with their number, and then goes' },
      { file: guardrails, title: 'leaves no role with fewer holders than the provider object says' },
    ],
  },
  {
    name: 'Large removals wait',
    text: 'Removals of permissions and of holders above the budget, and those that taking over a role would cause, wait with their plan. The annotation with the hash of that plan lets it through once, and no other one.',
    proofs: [
      { file: guardrails, title: 'over the budget wait with their plan, and the message has the arithmetic and the command' },
      { file: guardrails, title: 'that were approved do not go through once the provider has changed' },
      { file: guardrails, title: 'in slices add up within the window, and do not for ever' },
      { file: guardrails, title: 'of many Roles at once share the budget of their organization' },
      { file: guardrails, title: 'that were approved go through once: the same plan later waits again, with another hash' },
      { file: guardrails, title: 'of strangers wait at the takeover whatever the budget, and are drift afterwards' },
      { file: guardrails, title: 'of several bindings at once share the budget of their organization' },
      { file: 'src/plan/removal-budget.property.test.ts' },
      { file: 'src/plan/revocation-budget.test.ts' },
    ],
  },
  {
    name: 'Errors are typed',
    text: 'One table leads from each kind of error to the condition, the Event and the next try. `Retry-After` pauses the whole provider, and what cannot get better by itself is not tried hot.',
    proofs: [
      { file: 'src/status/failures.test.ts' },
      { file: 'test/conformance/faults-suite.ts' },
      { file: provider, title: 'wait together while it asks to slow down, and nothing is called' },
      { file: role, title: 'reports an unknown organization as terminal and looks again slowly' },
    ],
  },
  {
    name: 'Deletion always ends',
    text: 'A provider, a Secret or a CRD that is missing keeps no namespace from going, and never has a role deleted by accident. `Retain` asks nobody.',
    proofs: [
      { file: role, title: 'calls nobody with Retain and needs no finalizer' },
      { file: role, title: 'ends without its provider and leaves the role there' },
      { file: role, title: 'leaves the role when the whole kind is being uninstalled' },
      { file: provider, title: 'never keeps a namespace that goes as a whole' },
      {
        file: 'test/e2e/cluster-faults.test.ts',
        title: 'takes no role away when the CRD is deleted, and takes them all up again when it is back',
      },
      { file: binding, title: 'ends without the provider where that is lost or somebody forces it, and tells what stays' },
      { file: 'test/e2e/deletion-defender.test.ts' },
      { file: chaos },
    ],
  },
  {
    name: 'Secrets stay secret',
    text: 'No credential is in a log line, an Event, a status, an error, an address or a label of a metric.',
    proofs: [
      { file: 'test/e2e/role.test.ts', title: 'no key is found in the log (at level debug), Events, status or metrics' },
      { file: provider, title: 'appear nowhere' },
      { file: 'src/telemetry/scrubber.test.ts' },
      { file: matrix },
      { file: 'test/conformance/transport.test.ts', title: 'repeats nothing of what another server says: $kind' },
      { file: chaos },
    ],
  },
  {
    name: 'Nobody acts with the credentials of others',
    text: 'What an object asks for is sent with the credentials of its own provider object, to the address that this names, over a connection that was verified, and to no other. The operator has the rights in the cluster that it uses, and no others.',
    proofs: [
      { file: 'test/unit/reconcile/binding-credentials.test.ts' },
      { file: 'src/reconcile/provider-secrets.test.ts', title: 'never leaves the namespace of the object, whatever a reference says' },
      {
        file: 'src/reconcile/connector.test.ts',
        title: 'lets nobody but a ClusterRoleProvider use the identity that the operator itself has',
      },
      { file: 'test/conformance/transport.test.ts' },
      { file: 'test/e2e/rights.test.ts' },
    ],
  },
];
