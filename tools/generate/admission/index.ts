/**
 * `charts/rolekeeper/install/admission.yaml`: what `src/plan/ceiling.ts` refuses for a Role or RoleBinding, as
 * ValidatingAdmissionPolicies, so that whoever applies it is told at once. `policies.ts` puts them together from the expressions of
 * `limits.ts` and the words of `messages.ts`; `cel-globs.ts` and `spelling.ts` are what these are made of.
 * @module
 */
export { admissionEmitter } from './emitter.ts';
