/**
 * The local control plane: finds or builds etcd, kube-apiserver and kubectl of the pinned versions, and runs them without Docker.
 * `control-plane.ts` says how it differs from a whole cluster.
 * @module
 */
export * from './api-client.ts';
export * from './binaries.ts';
export * from './control-plane.ts';
export * from './detached.ts';
export * from './ensure.ts';
export * from './ensure-helm.ts';
export * from './kubeconfig.ts';
