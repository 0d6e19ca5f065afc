/**
 * Talks to the Kubernetes API server: connection and credentials, typed calls and watches over one pool of connections, leader
 * election on a Lease, and Events. The only room that knows @kubernetes/client-node, of which it uses what reads a kubeconfig and
 * asks credential plugins. It keeps no objects; the room cache does.
 * @module
 */
export * from './client.ts';
export * from './connection.ts';
export { type KubeEvent, reportingController } from './event-object.ts';
export * from './event-recorder.ts';
export * from './leader-election.ts';
export * from './lease.ts';
export * from './micro-time.ts';
export * from './resources.ts';
export * from './types.ts';
