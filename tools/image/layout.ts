import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, type Layer } from './layer.ts';
import { baseEnvironment, imageSpec } from './spec.ts';

/** What an image is made of. */
export interface Image {
  /** Lowest first. */
  readonly layers: readonly Layer[];
  /** `amd64` or `arm64`. */
  readonly architecture: string;
  readonly version: string;
  /** Moment of the sources, not of the build: the same sources make the same image. */
  readonly created: Date;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaTypes = {
  config: 'application/vnd.oci.image.config.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
} as const;

/** Writes the image as an OCI image layout in place of what `directory` held, and returns the digest of its manifest. */
export async function writeLayout(directory: string, image: Image): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  const blob = (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => writeBlob(directory, mediaType, bytes);
  const layers: Descriptor[] = [];
  for (const { bytes } of image.layers) layers.push(await blob(mediaTypes.layer, bytes));
  const config = await blob(mediaTypes.config, json(configOf(image)));
  const manifest = await blob(mediaTypes.manifest, json({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers }));
  const entry = {
    ...manifest,
    platform: { architecture: image.architecture, os: 'linux' },
    annotations: { 'org.opencontainers.image.ref.name': image.version },
  };
  await writeFile(join(directory, 'index.json'), json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] }));
  await writeFile(join(directory, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}

function configOf({ layers, architecture, version, created }: Image): unknown {
  const { user, entrypoint, command, workingDirectory, environment, ports, labels } = imageSpec;
  return {
    created: created.toISOString(),
    architecture,
    os: 'linux',
    config: {
      User: user,
      ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
      Env: Object.entries({ ...baseEnvironment, ...environment }).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      Cmd: command,
      WorkingDir: workingDirectory,
      Labels: { ...labels, 'org.opencontainers.image.version': version },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created: created.toISOString(), created_by: title })),
  };
}

async function writeBlob(directory: string, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const digest = digestOf(bytes);
  await writeFile(join(directory, 'blobs', ...digest.split(':')), bytes);
  return { mediaType, digest, size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
