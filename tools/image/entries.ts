/** A file of the image. Paths are absolute; the owner is root unless given. */
export type Entry = {
  readonly path: string;
  readonly mode: number;
  readonly owner?: number;
} & (
  | { readonly kind: 'file'; readonly content: Uint8Array }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
);

/** A file that everybody may read. */
export function file(path: string, content: Uint8Array | string): Entry {
  return { kind: 'file', path, mode: 0o644, content: typeof content === 'string' ? Buffer.from(content) : content };
}

/** A program, or a library that the loader maps. */
export function program(path: string, content: Uint8Array): Entry {
  return { kind: 'file', path, mode: 0o755, content };
}

/** A directory with the usual rights. */
export function directory(path: string): Entry {
  return { kind: 'directory', path, mode: 0o755 };
}

/** A symbolic link. */
export function link(path: string, target: string): Entry {
  return { kind: 'link', path, mode: 0o777, target };
}

/** The entries with every directory that they lie in, by path, so that the same files make the same archive in whatever order they come. */
export function withParents(entries: readonly Entry[]): readonly Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    for (let parent = parentOf(entry.path); parent !== ''; parent = parentOf(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, directory(parent));
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
