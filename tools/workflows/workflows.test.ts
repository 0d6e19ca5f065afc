import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inRepository } from '../lib/index.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = inRepository('.github', 'workflows');
const names = (await readdir(folder)).sort();
const workflows = await Promise.all(
  names.map(async (name) => ({ name, workflow: parse(await readFile(join(folder, name), 'utf8')) as Workflow })),
);

function jobsOf({ jobs }: Workflow): readonly Job[] {
  return Object.values(jobs);
}

function stepsOf(name: string): readonly Step[] {
  const found = workflows.find((candidate) => candidate.name === name)?.workflow;
  return found === undefined ? [] : jobsOf(found).flatMap(({ steps = [] }) => steps);
}

/** What a job may do besides reading the sources. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'codeql.yml': ['security-events'],
  'release.yml': ['attestations', 'contents', 'id-token', 'packages'],
};

describe.each(workflows)('$name', ({ name, workflow }) => {
  it('gives nothing to jobs that do not ask, and to those that do only what they need', () => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions = {} } of jobsOf(workflow)) {
      const written = Object.entries(permissions).flatMap(([right, level]) => (level === 'read' ? [] : [right]));
      expect(written.filter((right) => !(allowed[name] ?? []).includes(right))).toEqual([]);
      expect(Object.keys(permissions)).toContain('contents');
    }
  });

  it('never runs what a stranger proposes with rights of the project', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    expect(Object.keys(workflow.on)).not.toContain('workflow_run');
  });

  it('names every action by a release or a digest, and leaves no token with the sources', () => {
    for (const step of jobsOf(workflow).flatMap(({ steps = [] }) => steps)) {
      if (step.uses === undefined) continue;
      expect(step.uses).toMatch(/^[\w-]+\/[\w/-]+@(v\d+(\.\d+){0,2}|[0-9a-f]{40})$/);
      if (step.uses.startsWith('actions/checkout@')) expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });

  it('ends by itself', () => {
    expect(jobsOf(workflow).filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined)).toEqual([]);
  });
});

describe('the workflows', () => {
  it('run what contributors run', () => {
    expect(stepsOf('ci.yml').map(({ run }) => run)).toContain('bash .ci/run');
    expect(stepsOf('kind.yml').map(({ run }) => run)).toContain('make kind-e2e');
  });

  it('release nothing that was not tested, and the image with its provenance, its bill of materials and a signature', () => {
    const release = workflows.find(({ name }) => name === 'release.yml')?.workflow.jobs as Record<string, { readonly needs?: unknown }>;
    expect(release).toMatchObject({ test: { uses: './.github/workflows/ci.yml' }, kind: { uses: './.github/workflows/kind.yml' } });
    expect(release.image?.needs).toEqual(['test', 'kind']);
    const build = stepsOf('release.yml').find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(build?.with).toMatchObject({ provenance: 'mode=max', sbom: true, platforms: 'linux/amd64,linux/arm64' });
    const sbom = stepsOf('release.yml').find(({ uses }) => uses?.startsWith('actions/attest-sbom@'));
    expect(sbom?.with).toMatchObject({ 'sbom-path': 'dist/rolekeeper.cdx.json' });
    expect(stepsOf('release.yml').filter(({ run }) => run?.startsWith('cosign sign'))).toHaveLength(2);
  });

  it('put nothing into a registry before the tag, the version and the changelog agree', () => {
    const steps = stepsOf('release.yml');
    const check = steps.findIndex(({ run }) => run?.includes('$GITHUB_REF_NAME') && run.includes('CHANGELOG.md'));
    expect(check).toBeGreaterThanOrEqual(0);
    expect(check).toBeLessThan(steps.findIndex(({ uses }) => uses?.startsWith('docker/login-action@')));
  });

  it('give the image no time but that of the sources', () => {
    const labels = stepsOf('release.yml').find(({ uses }) => uses?.startsWith('docker/metadata-action@'))?.with?.labels;
    expect(labels).toMatch(/^org\.opencontainers\.image\.created=\$\{\{ steps\.names\.outputs\.created \}\}$/m);
  });

  it('use the Helm that the chart is tested with', async () => {
    const modules = await readFile(inRepository('tools/controlplane/helm/go.mod'), 'utf8');
    const tested = /helm\.sh\/helm\/v4 (v\S+)/.exec(modules)?.[1];
    const used = [...stepsOf('kind.yml'), ...stepsOf('release.yml')].filter(({ uses }) => uses?.startsWith('azure/setup-helm@'));
    expect(used.map((step) => step.with?.version)).toEqual([tested, tested]);
  });
});
