/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  /** ISO date. */
  readonly time: string;
  readonly message: string;
  /** The fields of the line. */
  readonly [field: string]: unknown;
}

/**
 * The lines of a log in JSON. What is no JSON object (a crash of Node.js itself, half a line at the end) becomes a line of level
 * `raw`, so that it is seen too.
 */
export function parseLog(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
}

function parseLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'message' in value) {
      return { level: '', time: '', ...value } as LogLine;
    }
  } catch {
    // Shown as it is.
  }
  return { level: 'raw', time: '', message: line };
}

/** A line for people: time, level, message and fields. */
export function formatLogLine({ level, time, message, ...fields }: LogLine): string {
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [time.slice(11, 23), level.padEnd(5), message, ...shown].filter((part) => part.trim() !== '').join(' ');
}
