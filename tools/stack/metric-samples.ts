/** One sample of a Prometheus endpoint. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleForm = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)(?: \d+)?$/;
const labelForm = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:\\.|[^"\\])*)"/g;

/** Reads the text format of Prometheus. Throws for a line that is none of it. */
export function parseMetrics(text: string): readonly MetricSample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseSample);
}

function parseSample(line: string): MetricSample {
  const groups = sampleForm.exec(line)?.groups;
  if (groups?.name === undefined) {
    throw new Error(`not a sample of a metric: ${line}`);
  }
  const labels = Array.from((groups.labels ?? '').matchAll(labelForm), ({ groups: label }) => [label?.name, unescaped(label?.value ?? '')]);
  return { name: groups.name, labels: Object.fromEntries(labels), value: parseValue(groups.value ?? '') };
}

function parseValue(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** Sum of the samples of this name that carry all of these labels; 0 when there are none. */
export function sumOf(samples: readonly MetricSample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}
