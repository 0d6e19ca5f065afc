/**
 * The Kubernetes API of rolekeeper: the types are the one source of the CRDs, of the JSON Schemas and of the API reference.
 * Doc comments become descriptions; the tags in them (`@default`, `@pattern`, `@rule`, …) become schema. No code of other rooms.
 * `validate.ts`, which checks manifests against the generated schemas, is imported by its own name: the operator has no use for it.
 * @module
 */
export * from './meta.ts';
export * from './provider.ts';
export * from './provider-settings.ts';
export * from './reasons.ts';
export * from './role.ts';
export * from './role-binding.ts';
export * from './shared.ts';
