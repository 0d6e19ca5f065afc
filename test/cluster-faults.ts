import type { Proof } from './guarantees.ts';

/** Something that goes wrong in the cluster that the operator runs in, and what it does then. */
export interface ClusterFault {
  readonly fault: string;
  /** One or more sentences in Markdown. */
  readonly text: string;
  readonly proofs: readonly Proof[];
}

const clusterFaultTests = 'test/e2e/cluster-faults.test.ts';
const api = 'test/e2e/api-faults.test.ts';
const leader = 'test/e2e/leader.test.ts';

/** What is tried on a real API server and etcd; `docs/reliability.md` shows it. */
export const clusterFaults: readonly ClusterFault[] = [
  {
    fault: 'The API server is killed or restarted',
    text: 'Nothing is written any more before the Lease has run out. When it is back the operator goes on without a restart.',
    proofs: [
      { file: clusterFaultTests, title: 'converges although the API server is killed for 20 seconds in the middle of its work' },
      { file: clusterFaultTests, title: 'converges although the API server is restarted in good order' },
    ],
  },
  {
    fault: 'etcd is killed, or gone for a while',
    text: 'The same: the API server answers with errors, and the Lease can’t be renewed.',
    proofs: [
      { file: clusterFaultTests, title: 'converges although etcd is killed in the middle of its work and comes back' },
      { file: clusterFaultTests, title: 'writes nothing while etcd is gone for 20 seconds, and converges when it is back' },
    ],
  },
  {
    fault: 'A watch says nothing any more',
    text: 'A connection that is held back somewhere is given up after `--watch-silence`, and what was missed is listed.',
    proofs: [
      { file: api, title: 'notices that its watches bring nothing any more, and takes up what was changed meanwhile' },
      { file: api, title: 'lists where no watch ever brings anything' },
    ],
  },
  {
    fault: 'No answer arrives, while the requests do',
    text: 'The leader gives up in time, so that no two replicas write.',
    proofs: [{ file: api, title: 'gives up leading in time when no answer of the API server arrives, and writes no more' }],
  },
  {
    fault: 'The API server is overloaded: 429, 500, 503, 504',
    text: 'Calls are repeated, after `Retry-After` where the server says so.',
    proofs: [{ file: api, title: 'gets through while most calls are refused with 429, 500, 503 and 504' }],
  },
  {
    fault: 'What a list or a watch asks for has expired (410)',
    text: 'Everything is listed anew.',
    proofs: [
      { file: api, title: 'lists anew when what a watch asks for is too old, in an event or in the answer' },
      { file: api, title: 'reads lists page by page, and from the start when the token of a page has expired' },
    ],
  },
  {
    fault: 'Somebody else writes the same object all the time (409)',
    text: 'The status gets through: it is applied for the operator’s own fields, whatever the version.',
    proofs: [{ file: api, title: 'gets its status through although somebody else changes the object before each try' }],
  },
  {
    fault: 'The token of the ServiceAccount is replaced, or has expired',
    text: 'The file is read again. As long as it holds nothing that is accepted the operator says so and doesn’t lead.',
    proofs: [
      { file: clusterFaultTests, title: 'takes up a new token when the old one is worth nothing any more' },
      { file: clusterFaultTests, title: 'with a token that expired says so, without the token, and goes on when the file has a new one' },
    ],
  },
  {
    fault: 'The leader is killed, or stopped for longer than its Lease and resumed',
    text: 'Another replica goes on. What the first one had not sent when it was stopped is never sent.',
    proofs: [
      { file: leader, title: 'go on when the leader is killed in the middle of its work' },
      { file: leader, title: 'hand over at once when the leader ends in order' },
      { file: leader, title: 'do not write both when the leader is stopped, replaced and goes on' },
      { file: leader, title: 'do not write both when the leader is stopped while the provider still works on its write' },
    ],
  },
  {
    fault: 'The clocks of replicas differ',
    text: 'A Lease is judged by how long it wasn’t renewed by one’s own clock, so hours don’t matter.',
    proofs: [{ file: leader, title: 'lead one after the other although their clocks are two hours apart' }],
  },
  {
    fault: 'A CRD is missing, deleted or of another version',
    text: 'What is at the provider stays. The operator says what is wrong and how to mend it, and goes on by itself.',
    proofs: [
      { file: clusterFaultTests, title: 'started without CRDs says which are missing, waits, and goes on' },
      { file: clusterFaultTests, title: 'takes no role away when the CRD is deleted, and takes them all up again when it is back' },
      { file: clusterFaultTests, title: 'takes no grant away when the CRD of RoleBindings is deleted, and keeps them when it is back' },
      {
        file: clusterFaultTests,
        title: 'says that a CRD is older than itself, writes nothing twice, and goes on when it is brought up to date',
      },
    ],
  },
  {
    fault: 'A right is missing',
    text: 'The operator says which, and where the rights are to be found.',
    proofs: [{ file: clusterFaultTests, title: 'without rights says which and where they are to be found' }],
  },
];
