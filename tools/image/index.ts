/**
 * The container image, built without a container engine and without a base image from the network: `make image-rootfs`. `spec` says what
 * the image is, for this and for the Dockerfile, and a test compares the two. The way of a build: `app-layer`, `node-layer` and `base-layer`
 * tell which files there are, `layer` makes archives of them, `layout` writes these down as an OCI image layout. `unpack` and `sandbox` run
 * the result as a kubelet would have it run, on Linux and as root.
 * @module
 */
export * from './build-image.ts';
export * from './entries.ts';
export * from './layout.ts';
export * from './sandbox.ts';
export * from './spec.ts';
export * from './stage.ts';
export * from './unpack.ts';
