import { styleText } from 'node:util';

/** Where the demo's text goes; `process.stdout` is one. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Columns that no line of the demo's own goes beyond. */
export const screenWidth = 120;
const indent = '    ';
/** What ends a line that the next one continues. */
const continuation = ' \\';

type Style = Parameters<typeof styleText>[0];

/** Writes the demo's text: numbered steps, commands, tables and differences. Colours only on a terminal, and never with NO_COLOR. */
export class Screen {
  readonly #output: ScreenOutput;
  readonly #colors: boolean;
  #steps = 0;

  constructor(output: ScreenOutput = process.stdout, env: NodeJS.ProcessEnv = process.env) {
    this.#output = output;
    // https://no-color.org: any value but an empty one.
    this.#colors = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** Number of the step under way. */
  get stepNumber(): number {
    return this.#steps;
  }

  /** A line without indentation. */
  heading(text: string): void {
    this.#lines(this.#style('bold', text));
  }

  /** Begins a step. */
  step(title: string): void {
    this.#steps += 1;
    this.#lines('', `${this.#style('dim', String(this.#steps).padStart(2))}  ${this.#style('bold', title)}`);
  }

  /** A paragraph of a step, broken into lines. */
  say(text: string): void {
    this.#lines(...wrap(text, screenWidth - indent.length).map((line) => indent + line));
  }

  /** Lines that belong to the paragraph before them, one for each entry. */
  list(entries: readonly string[]): void {
    this.#lines(...entries.flatMap((entry) => wrap(entry, screenWidth - indent.length - 2)).map((line) => `${indent}  ${line}`));
  }

  /** An empty line. */
  gap(): void {
    this.#lines('');
  }

  /** A command that is being run, as somebody would type it. */
  command(words: readonly string[]): void {
    const lines = formatCommand(words, screenWidth - indent.length - 2);
    this.#lines(...lines.map((line, index) => indent + this.#style('cyan', `${index === 0 ? '$' : ' '} ${line}`)));
  }

  /** A line for the reader's own shell, which does with `$` what shells do. */
  shell(words: readonly string[]): void {
    const lines = formatCommand(words, screenWidth - indent.length);
    this.#lines(...lines.map((line) => indent + this.#style('cyan', line)));
  }

  /** What a program printed; lines that are too long go on below their last column. */
  printed(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '');
    this.#lines(
      ...lines.flatMap((line) => wrapColumns(line, screenWidth - indent.length)).map((line) => this.#style('dim', indent + line)),
    );
  }

  /** Rows with aligned columns; the last column is broken into lines where it is too long. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const [head = '', ...lines] = formatTable([header, ...rows], screenWidth - indent.length);
    this.#lines(indent + this.#style('dim', head), ...lines.map((line) => indent + line));
  }

  /** A set before and after: `-` for what went, `+` for what came, in one sorted list. */
  difference(before: readonly string[], after: readonly string[]): void {
    const all = [...new Set([...before, ...after])].sort();
    for (const entry of all) {
      const went = !after.includes(entry);
      const came = !before.includes(entry);
      const line = `${indent}  ${went ? '-' : came ? '+' : ' '} ${entry}`;
      this.#lines(went ? this.#style('red', line) : came ? this.#style('green', line) : line);
    }
  }

  /** Something that was checked and is as it should be. */
  good(text: string): void {
    const [first = '', ...rest] = wrap(text, screenWidth - indent.length - 3);
    this.#lines(`${indent}${this.#style('green', 'ok')} ${first}`, ...rest.map((line) => `${indent}   ${line}`));
  }

  /** Lines as they are, for what must not be broken. */
  verbatim(text: string): void {
    this.#lines(...text.split('\n'));
  }

  /** The end of a run that failed. */
  failure(text: string): void {
    this.#lines('', this.#style('red', text));
  }

  #lines(...lines: readonly string[]): void {
    this.#output.write(`${lines.join('\n')}\n`);
  }

  #style(style: Style, text: string): string {
    return this.#colors && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Breaks a text between words; a word that is longer than a line gets one of its own. */
export function wrap(text: string, width: number): readonly string[] {
  return breakWords(text.split(/ +/), width, '');
}

/** Fills lines with words; all but the first line begin with `hanging`. */
function breakWords(words: readonly string[], width: number, hanging: string): readonly string[] {
  const lines: string[] = [];
  let line = words[0] ?? '';
  for (const word of words.slice(1)) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging + word;
    } else {
      line = `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Rows as lines with aligned columns, at most `width` wide: the last column is broken where it must be. */
export function formatTable(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns - 1 }, (_none, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const start = widths.reduce((sum, columnWidth) => sum + columnWidth + 2, 0);
  return rows.flatMap((row) => {
    const fixed = widths.map((columnWidth, column) => `${(row[column] ?? '').padEnd(columnWidth)}  `).join('');
    const [first = '', ...rest] = wrap(row[columns - 1] ?? '', width - start);
    return [`${fixed}${first}`.trimEnd(), ...rest.map((line) => ' '.repeat(start) + line)];
  });
}

/** A line of columns that stand at least three spaces apart, broken within its last column. */
export function wrapColumns(line: string, width: number): readonly string[] {
  const start = line.search(/(?<= {3})\S(?!.* {3}\S)/);
  if (line.length <= width || start === -1) {
    return [line];
  }
  const [first = '', ...rest] = wrap(line.slice(start), width - start);
  return [line.slice(0, start) + first, ...rest.map((part) => ' '.repeat(start) + part)];
}

/** A command as lines that a shell reads as one. An option and its value stay together. */
export function formatCommand(words: readonly string[], width: number): readonly string[] {
  const units: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = words[index - 1] ?? '';
    const isValue = /^-[^=]*$/.test(before) && !word.startsWith('-');
    units.push(isValue ? `${units.pop()} ${shellWord(word)}` : shellWord(word));
  }
  const lines = breakWords(units, width - continuation.length, '  ');
  return lines.map((line, index) => (index < lines.length - 1 ? line + continuation : line));
}

/** A word as a shell wants it; variables and commands in it stay what they are. Of `name=value` only the value is quoted. */
export function shellWord(word: string): string {
  const [, name = '', value = ''] = /^([\w./-]+=)?(.*)$/s.exec(word) ?? [];
  return name + quoted(value);
}

function quoted(text: string): string {
  if (/^[\w./:=@,-]*$/.test(text)) {
    return text;
  }
  return text.includes('$') ? `"${text.replaceAll(/["\\`]/g, '\\$&')}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
