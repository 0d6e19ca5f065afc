import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser, type Instruction, type JSONInstruction, ModifiableInstruction, type PropertyInstruction } from 'dockerfile-ast';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundleFiles } from '../bundle/index.ts';
import { inRepository, run } from '../lib/index.ts';
import { imageSpec } from './index.ts';

const file = DockerfileParser.parse(await readFile(inRepository('Dockerfile'), 'utf8'));
const stages = stagesOf(file.getInstructions());
const [build = [], node = [], final = []] = stages;

function stagesOf(instructions: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const starts = instructions.flatMap((instruction, index) => (instruction.getKeyword() === 'FROM' ? [index] : []));
  return starts.map((start, index) => instructions.slice(start, starts[index + 1]));
}

/** May follow a tag. */
const digest = /@sha256:[0-9a-f]{64}/;

/** Flags and arguments of the instructions of one kind, one text each. */
function said(stage: readonly Instruction[], keyword: string): readonly string[] {
  return stage
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => [...flagsOf(instruction), instruction.getRawArgumentsContent()?.replace(digest, '')].join(' '));
}

function flagsOf(instruction: Instruction): readonly string[] {
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  return flags.map((flag) => `--${flag.getName()}=${flag.getValue()}`);
}

function words(keyword: string): readonly string[] {
  const [instruction, ...more] = final.filter((candidate) => candidate.getKeyword() === keyword);
  expect(more, `more than one ${keyword}`).toEqual([]);
  return (instruction as JSONInstruction).getJSONStrings().map((argument) => argument.getJSONValue());
}

function properties(keyword: string): Readonly<Record<string, string | null>> {
  const found = final.filter((instruction) => instruction.getKeyword() === keyword);
  const pairs = found.flatMap((instruction) => (instruction as PropertyInstruction).getProperties());
  return Object.fromEntries(pairs.map((property) => [property.getName(), property.getValue()]));
}

describe('the Dockerfile', () => {
  it('says of the image what the other build says', () => {
    expect({
      user: said(final, 'USER')[0],
      workingDirectory: said(final, 'WORKDIR')[0],
      entrypoint: words('ENTRYPOINT'),
      command: words('CMD'),
      environment: properties('ENV'),
      ports: said(final, 'EXPOSE')[0]?.split(' ').map(Number),
      labels: properties('LABEL'),
    }).toEqual(imageSpec);
  });

  it('has the Node.js that the tests run on, in the place that the other build has it', async () => {
    const { devDependencies } = JSON.parse(await readFile(inRepository('package.json'), 'utf8'));
    const image = `docker.io/library/node:${devDependencies.node}-trixie-slim`;
    expect(said(build, 'FROM')).toEqual([`--platform=$BUILDPLATFORM ${image} AS build`]);
    expect(said(node, 'FROM')).toEqual([`${image} AS node`]);
    expect(said(final, 'COPY')).toContain(`--from=node ${imageSpec.entrypoint[0]} ${imageSpec.entrypoint[0]}`);
  });

  it('ends in a base without a shell, of the Debian that Node.js is taken from', () => {
    expect(stages).toHaveLength(3);
    expect(said(final, 'FROM')).toEqual(['gcr.io/distroless/cc-debian13:nonroot']);
    expect(said(final, 'RUN')).toEqual([]);
  });

  it('takes from the repository what the other build puts into its last layer, and nothing besides', () => {
    expect(said(build, 'RUN').at(-1)).toBe('node tools/image/main.ts stage /stage');
    const copies = said(final, 'COPY').filter((text) => !text.startsWith('--from=node '));
    expect(copies).toEqual(['--from=build /stage/ /']);
  });
});

describe('the build context', () => {
  let allowed: readonly string[];

  beforeAll(async () => {
    const lines = (await readFile(inRepository('.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    allowed = lines.slice(1).map((line) => /^!([\w.-]+)$/.exec(line)?.[1] ?? `not understood: ${line}`);
  });

  it('is all that the files of the image are made of', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-context-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const [context, target] = [join(directory, 'src'), join(directory, 'stage')];
    await mkdir(context);
    for (const name of allowed) expect(await run('cp', ['-R', inRepository(name), context])).toMatchObject({ code: 0 });
    await symlink(inRepository('node_modules'), join(context, 'node_modules'));
    const [command = '', ...args] = (said(build, 'RUN').at(-1) ?? '').replace('/stage', target).split(' ');
    expect(command).toBe('node');
    expect(await run(process.execPath, args, { cwd: context, env: { PATH: process.env.PATH } })).toMatchObject({ code: 0, stderr: '' });
    const { sourceMap, inputs, ...shipped } = bundleFiles;
    expect((await readdir(join(target, 'app'))).sort()).toEqual([...Object.values(shipped), 'LICENSE'].sort());
    expect(await readdir(target)).toEqual(['app']);
  });
});
