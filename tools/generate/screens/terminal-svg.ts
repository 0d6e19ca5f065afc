/** One line of a terminal. */
export interface TerminalLine {
  readonly text: string;
  /** Typed, and not printed. */
  readonly typed?: true;
}

const columns = 120;
const cell = { width: 8.4, height: 19 } as const;
const padding = 16;
const bar = 28;

/** A picture of a terminal. Long lines are broken as a terminal of 120 columns does. */
export function terminalSvg(title: string, lines: readonly TerminalLine[]): string {
  const rows = lines.flatMap(({ text, typed }) => broken(`${typed ? '$ ' : ''}${text}`).map((row) => ({ row, typed })));
  const width = Math.ceil(columns * cell.width + 2 * padding);
  const height = bar + rows.length * cell.height + 2 * padding;
  const texts = rows.map(
    ({ row, typed }, index) =>
      `<text x="${padding}" y="${bar + padding + (index + 0.75) * cell.height}"${typed ? ' fill="#7dd3fc"' : ''}>${coloured(row)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0f172a"/>`,
    ...['#ef4444', '#f59e0b', '#22c55e'].map(
      (fill, index) => `<circle cx="${padding + 4 + index * 18}" cy="${bar / 2 + 3}" r="5" fill="${fill}"/>`,
    ),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e2e8f0">`,
    ...texts,
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function broken(line: string): readonly string[] {
  const rows = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: rows }, (_none, row) => line.slice(row * columns, (row + 1) * columns));
}

/** Colours what a reader looks for. */
function coloured(row: string): string {
  // Spaces that neither end a line nor are taken together, whatever shows the picture.
  return escapeText(row)
    .replaceAll(/ (True|Available) /g, ' <tspan fill="#4ade80">$1</tspan> ')
    .replaceAll(/ (False|DriftFound) /g, ' <tspan fill="#fbbf24">$1</tspan> ')
    .replaceAll(/(?<!tspan) /g, '\u00a0');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
