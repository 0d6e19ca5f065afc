import { group, version } from '../../src/api/meta.ts';
import { contractTypesEmitter } from '../contract-types/index.ts';
import { admissionEmitter } from './admission/index.ts';
import { openApiFiles, readAllReasons, readApi } from './api/read-api.ts';
import { argocdEmitter } from './argocd.ts';
import { capabilitiesPageEmitter } from './capabilities-docs.ts';
import { alertsEmitter, chartCopiesEmitter, chartReadmeEmitter, dashboardEmitter, rightsEmitter } from './chart/index.ts';
import { apiPageEmitter } from './emit/api-page.ts';
import { crdEmitter } from './emit/crds.ts';
import { jsonSchemaEmitter } from './emit/json-schemas.ts';
import { reasonsPageEmitter } from './emit/reasons-page.ts';
import type { Emitter } from './emitter.ts';
import { flagsPageEmitter } from './flags-docs.ts';
import { metricsPageEmitter } from './metrics-docs.ts';
import type { Problems } from './problems.ts';
import { protobufEmitter } from './protobuf.ts';
import { reliabilityPageEmitter } from './reliability-docs.ts';
import { screensEmitter } from './screens/index.ts';
import { troubleshootingPageEmitter } from './troubleshooting/index.ts';

/**
 * Everything that is generated; one line for each kind of file. Nothing is emitted unless `problems` stays empty.
 * @param root the repository
 */
export function emitters(root: string, problems: Problems): readonly Emitter[] {
  const files = openApiFiles(root);
  const api = readApi({ files, group, version }, problems);
  const reasons = readAllReasons(files, problems);
  const crds = crdEmitter(api);
  const admission = admissionEmitter(api);
  return [
    crds,
    admission,
    chartCopiesEmitter([crds, admission]),
    rightsEmitter(root),
    alertsEmitter(),
    dashboardEmitter(),
    chartReadmeEmitter(root),
    argocdEmitter(root, api),
    jsonSchemaEmitter(api),
    apiPageEmitter(api),
    reasonsPageEmitter(reasons),
    troubleshootingPageEmitter(reasons),
    screensEmitter(root),
    flagsPageEmitter(),
    metricsPageEmitter(),
    capabilitiesPageEmitter(root),
    reliabilityPageEmitter(),
    contractTypesEmitter(root),
    protobufEmitter(root),
  ];
}
