import type { Emitter, GeneratedFile } from '../emitter.ts';

/**
 * The chart's own copies of files that others emit: Helm reads nothing outside of a chart.
 * @param sources emit `crds/*.yaml` and `charts/rolekeeper/install/admission.yaml`
 */
export function chartCopiesEmitter(sources: readonly Emitter[]): Emitter {
  return {
    name: 'Copies for the chart',
    directories: ['charts/rolekeeper/files/crds'],
    emit: async () => (await Promise.all(sources.map((source) => source.emit()))).flat().map(copyOf),
  };
}

function copyOf({ path, text }: GeneratedFile): GeneratedFile {
  const inside = path.replace(/^charts\/rolekeeper\/install\//, '');
  return { path: `charts/rolekeeper/files/${inside}`, text };
}
