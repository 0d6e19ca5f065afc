import type { Project } from 'ts-morph';
import type { AddProblem } from '../problem.ts';
import { pathOf } from '../problem.ts';
import { productFiles } from '../sources.ts';

/** Folders whose subfolders are rooms of their own. */
const roomsOfRooms = ['providers', 'emulators'];

/** Every room has an `index.ts` that begins with a comment, tagged `@module`, on what the room is and how to read it. */
export function ensureRoomIndexes(project: Project, addProblem: AddProblem): void {
  const files = productFiles(project);
  const folders = new Set(files.flatMap((file) => roomFolders(pathOf(file))));
  for (const folder of [...folders].sort()) {
    const index = project.getSourceFile(`/${folder}/index.ts`);
    const filePath = `${folder}/index.ts`;
    if (index === undefined) {
      addProblem({ filePath, lineNumber: 1, message: `${folder} has no index.ts that says what it is and exports what others may use` });
    } else if (!/^\/\*\*(?:(?!\*\/)[\s\S])*\S[\s*]+@module\b/.test(index.getFullText())) {
      addProblem({ filePath, lineNumber: 1, message: 'it must begin with a /** … @module */ comment on what the room is' });
    }
  }
}

function roomFolders(path: string): readonly string[] {
  const [src = '', room = '', inner = '', ...rest] = path.split('/');
  if (inner === '') {
    return [];
  }
  const hasInnerRoom = roomsOfRooms.includes(room) && rest.length > 0;
  return hasInnerRoom ? [`${src}/${room}`, `${src}/${room}/${inner}`] : [`${src}/${room}`];
}
