import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Emitter, type GeneratedFile, generatedNotice } from './emitter.ts';

/** What to generate from one Protocol Buffers file. */
export interface ProtobufSource {
  /** Relative to the repository. It may import what comes with Protocol Buffers and nothing else. */
  readonly proto: string;
  /** Where the messages go, relative to the repository. */
  readonly output: string;
}

const protobufSources: readonly ProtobufSource[] = [{ proto: 'contracts/frontier.proto', output: 'src/providers/frontier/generated' }];

const buf = 'node_modules/@bufbuild/buf/bin/buf';
const plugin = 'node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es';

/** Message types and services of the contracts that are written in Protocol Buffers. `root` is the repository. */
export function protobufEmitter(root: string, sources: readonly ProtobufSource[] = protobufSources): Emitter {
  return {
    name: 'messages of the provider contracts',
    directories: sources.map(({ output }) => output),
    emit: async () => (await Promise.all(sources.map((source) => generate(root, source)))).flat(),
  };
}

async function generate(root: string, { proto, output }: ProtobufSource): Promise<readonly GeneratedFile[]> {
  const directory = await mkdtemp(join(tmpdir(), 'protobuf-'));
  const template = {
    version: 'v2',
    plugins: [{ local: [process.execPath, plugin], out: '.', opt: ['target=ts', 'import_extension=ts'] }],
  };
  try {
    await promisify(execFile)(process.execPath, [buf, 'generate', proto, '--template', JSON.stringify(template), '--output', directory], {
      cwd: root,
    });
    const names = (await readdir(directory)).sort();
    return await Promise.all(
      names.map(async (name) => ({ path: `${output}/${name}`, text: withNotice(await readFile(join(directory, name), 'utf8'), proto) })),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The notice takes the place of the source's own first comment, which speaks of the source. */
function withNotice(text: string, proto: string): string {
  return `// ${generatedNotice}\n// From ${proto}.\n\n${text.slice(text.indexOf('// @generated'))}`;
}
