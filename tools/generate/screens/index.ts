import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fence, readMarkdown } from '../../docs/markdown.ts';
import type { Emitter, GeneratedFile } from '../emitter.ts';
import { type TerminalLine, terminalSvg } from './terminal-svg.ts';

const page = 'docs/quick-start.md';

/** Pictures by name: words of a command of the quick start by which its block is found. */
const screens: Readonly<Record<string, { readonly command: string; readonly title: string; readonly only?: 'last' }>> = {
  'kubectl-get': { command: 'kubectl get orgroles -A', title: 'kubectl get orgroles: the Roles of the demo' },
  'kubectl-message': { command: 'audit-log:raed', title: 'kubectl: what a Role with a misspelt permission says', only: 'last' },
};

/**
 * `docs/images/*.svg`: terminals as the quick start shows them. Its commands are run by a test that compares what they print with the page,
 * so the pictures show what there is.
 */
export function screensEmitter(root: string): Emitter {
  return { name: 'Screens', emit: () => screenFiles(readFileSync(join(root, page), 'utf8')) };
}

/** The pictures of a quick start. Throws when it lacks a block that is to be shown. */
export function screenFiles(text: string): readonly GeneratedFile[] {
  const { fences } = readMarkdown(text);
  return Object.entries(screens).map(([name, { command, title, only }]) => {
    const index = fences.findIndex(({ language, text: commands }) => language === 'sh' && commands.includes(command));
    const [commands, printed] = fences.slice(index, index + 2);
    if (index === -1 || commands === undefined || printed?.language !== 'text') throw new Error(`${page} shows no output of ${command}`);
    return { path: `docs/images/${name}.svg`, text: terminalSvg(title, [...linesOf(commands, only, true), ...linesOf(printed, only)]) };
  });
}

function linesOf({ text }: Fence, only: 'last' | undefined, typed?: true): readonly TerminalLine[] {
  const lines = text.trimEnd().split('\n');
  return (only === 'last' ? lines.slice(-1) : lines).map((line) => ({ text: line, ...(typed === undefined ? {} : { typed }) }));
}
