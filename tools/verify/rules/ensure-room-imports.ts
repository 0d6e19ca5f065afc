import type { Project } from 'ts-morph';
import { type AddProblem, addAt, pathOf } from '../problem.ts';
import { configFile, driversFile, mainFile, type Permission, rooms, sharedProviderFolders } from '../rooms.ts';
import { type Import, importsOf, productFiles, roomOf } from '../sources.ts';

/**
 * A room imports only what the table of rooms allows. Every file is in a room of the table; one provider never imports
 * another, and a provider's folder is imported by `drivers.ts`, `main.ts` and `cli` alone.
 */
export function ensureRoomImports(project: Project, addProblem: AddProblem): void {
  for (const file of productFiles(project)) {
    const path = pathOf(file);
    const room = roomOf(path);
    if (!Object.hasOwn(rooms, room)) {
      addAt(addProblem, file, `${room} is no room of tools/verify/rooms.ts: put the file into a room, or add one with what it may import`);
      continue;
    }
    for (const edge of importsOf(file)) {
      const problem = problemOf(path, room, edge);
      if (problem !== undefined) {
        addAt(addProblem, edge.node, problem);
      }
    }
  }
}

function problemOf(path: string, room: string, { target, typesOnly }: Import): string | undefined {
  if (target === undefined || !target.startsWith('src/')) {
    return undefined;
  }
  const to = roomOf(target);
  if (room === mainFile) {
    return undefined;
  }
  if (to === mainFile || to === configFile) {
    return to === mainFile ? 'nothing imports main.ts' : 'only main.ts imports config.ts: take the value you need as an argument';
  }
  const providerProblem = to === 'providers' ? providerImportProblem(path, room, target) : undefined;
  if (providerProblem !== undefined || to === room) {
    return providerProblem;
  }
  const permission = rooms[room]?.find((candidate) => candidate.room === to);
  if (permission === undefined) {
    return `${room} may not import ${to}: ${allowedText(room)}`;
  }
  return permits(permission, target, typesOnly) ? undefined : `${room} may take from ${to} only ${limitText(permission)}`;
}

function permits({ files, types }: Permission, target: string, typesOnly: boolean): boolean {
  const isFile = files?.some((file) => target === `src/${roomOf(target)}/${file}`) ?? types !== true;
  return isFile || (types === true && typesOnly);
}

function providerImportProblem(path: string, room: string, target: string): string | undefined {
  const folder = providerFolderOf(target);
  if (folder === undefined || room === 'cli' || room === driversFile || providerFolderOf(path) === folder) {
    return undefined;
  }
  return room === 'providers' && providerFolderOf(path) !== undefined
    ? `a provider may not import another (${folder}): move what both need to src/providers/http or src/lib`
    : `only drivers.ts, main.ts and cli may import a provider's folder (${folder}): use src/providers/contract.ts`;
}

/** The name of the provider whose folder a file is in; undefined for what providers share. */
function providerFolderOf(path: string): string | undefined {
  const [, room, folder, file] = path.split('/');
  return room !== 'providers' || file === undefined || folder === undefined || sharedProviderFolders.includes(folder) ? undefined : folder;
}

function allowedText(room: string): string {
  const names = (rooms[room] ?? []).map((permission) => permission.room);
  return names.length === 0 ? 'it imports no other room' : `it may import ${names.join(', ')}`;
}

function limitText({ files = [], types }: Permission): string {
  return [...files, ...(types === true ? ['what is imported with `import type`'] : [])].join(', ');
}
