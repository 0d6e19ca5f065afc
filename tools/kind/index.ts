/**
 * `make kind-e2e`: image, chart and examples in a real cluster, for people with Docker. What is done with the cluster once it is there stands
 * in `examples`, which tests also run against an API server without nodes; `cluster` makes the cluster and installs into it; `emulators` are
 * the objects that serve the providers' APIs in it. Programs are run through a `Runner`, so that a test can see what would be run.
 * @module
 */
export * from './cluster.ts';
export * from './emulators.ts';
export * from './examples.ts';
export * from './kind-run.ts';
export * from './requirements.ts';
export * from './runner.ts';
