import { readFile } from 'node:fs/promises';
import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { operatorFlags } from '../../../src/config.ts';
import { readValues } from '../../../tools/generate/chart/readme.ts';
import { inRepository } from '../../../tools/lib/index.ts';

const chart = (file: string): Promise<string> => readFile(inRepository('charts/rolekeeper', file), 'utf8');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

/** `image.tag` for each property that the schema names, with those of mappings that hold others. */
function pathsOf(schema: Schema, prefix = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const path = `${prefix}${name}`;
    return child.properties === undefined ? [path] : pathsOf(child, `${path}.`);
  });
}

describe('values of the chart', async () => {
  const text = await chart('values.yaml');
  const values = readValues(text).flatMap((section) => section.values);
  const schema = JSON.parse(await chart('values.schema.json')) as Schema;
  const validate = new Ajv({ strict: false }).compile(schema as AnySchema);

  it('are the ones that the schema knows', () => {
    // Helm hands `global` to every chart, and charts around this one turn it off by `enabled`.
    const ofHelm = ['enabled', 'global'];
    expect(
      pathsOf(schema)
        .filter((path) => !ofHelm.includes(path))
        .sort(),
    ).toEqual(values.map(({ path }) => path).sort());
  });

  it('each say what they are for', () => {
    for (const { path, meaning } of values) expect(meaning, path).toMatch(/[.:]$/);
  });

  it('are valid as they are', () => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    { reason: 'a name is misspelt', values: { replica: 3 } },
    { reason: 'a name within a mapping is misspelt', values: { image: { tags: 'x' } } },
    { reason: 'a digest is none', values: { image: { digest: 'latest' } } },
    { reason: 'a duration has no unit', values: { shutdownTimeout: '30' } },
    { reason: 'a namespace can be none', values: { watchNamespaces: ['Team_A'] } },
    { reason: 'an alert is overridden in what can’t be', values: { prometheusRule: { overrides: { RolekeeperDown: { expr: '1' } } } } },
    { reason: 'a label is no text', values: { podLabels: { stage: 1 } } },
    { reason: 'a port is none', values: { ports: { metrics: 0 } } },
  ])('are refused when $reason', ({ values: wrong }) => {
    expect(validate(wrong)).toBe(false);
  });
});

describe('the chart', async () => {
  const about = parse(await chart('Chart.yaml')) as Readonly<Record<string, string>>;
  const deployment = await chart('templates/deployment.yaml');

  it('has the version of the operator that it installs', () => {
    expect([about.version, about.appVersion]).toEqual([manifest.version, manifest.version]);
  });

  it('gives the operator every flag that matters in a pod', () => {
    const elsewhere = {
      kubeconfig: 'a pod has its ServiceAccount',
      context: 'the same',
      namespace: 'the variable, from the pod itself',
    };
    const missing = Object.values(operatorFlags)
      .map(({ name }) => name)
      .filter((name) => !deployment.includes(`- --${name}=`));
    expect(missing.sort()).toEqual(Object.keys(elsewhere).sort());
    expect(deployment).toContain('- name: ROLEKEEPER_NAMESPACE');
  });
});
