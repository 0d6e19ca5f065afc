/**
 * The generated parts of the Helm chart: its copies of the CRDs and admission policies (`copies.ts`), `install/rbac.yaml` from the
 * rights that the chart gives (`rights.ts`), alerts and their page of the docs from `alerts.ts`, the dashboard from `dashboard.ts`, and
 * the README from the comments in `values.yaml` (`readme.ts`).
 * @module
 */
export { type Alert, alerts } from './alerts.ts';
export { alertsEmitter } from './alerts-emitter.ts';
export { chartCopiesEmitter } from './copies.ts';
export { dashboardEmitter } from './dashboard.ts';
export { chartReadmeEmitter } from './readme.ts';
export { rightsEmitter } from './rights.ts';
