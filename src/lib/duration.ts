/** A text is no span of time. The message says what is wrong with it and shows one that is right. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
  /** The text as it was given. */
  readonly text: string;

  constructor(text: string, problem: string) {
    super(`${JSON.stringify(text)} is not a duration: ${problem}; write for example "30s", "10m" or "1h30m"`);
    this.text = text;
  }
}

/** Units from the longest to the shortest, which is also the order in which they must be written. */
const units = [
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/** The longest text that the API's schema admits. */
const longestText = 16;

/**
 * Milliseconds of a span such as `30s`, `10m` or `1h30m`: whole hours, minutes and seconds, in this order, each at most once and
 * at least one of them. A part may exceed its usual range (`90m`). Throws DurationError for anything else.
 */
export function parseDuration(text: string): number {
  if (text === '') {
    throw new DurationError(text, 'it is empty');
  }
  if (text.length > longestText) {
    throw new DurationError(text.slice(0, longestText), `it is longer than ${longestText} characters`);
  }
  let total = 0;
  let expectedUnit = 0;
  let rest = text;
  while (rest !== '') {
    const [part = '', digits = '', unitName = ''] = /^([0-9]*)([^0-9]*)/.exec(rest) ?? [];
    const unitIndex = units.findIndex((unit) => unit.name === unitName);
    const unit = units[unitIndex];
    if (digits === '' || !unit || unitIndex < expectedUnit) {
      throw new DurationError(text, describeProblem(digits, unitName, unitIndex));
    }
    total += Number(digits) * unit.ms;
    expectedUnit = unitIndex + 1;
    rest = rest.slice(part.length);
  }
  return total;
}

function describeProblem(digits: string, unitName: string, unitIndex: number): string {
  if (digits === '') {
    return `there is no number before ${JSON.stringify(unitName)}`;
  }
  if (unitName === '') {
    return `the number ${digits} has no unit`;
  }
  if (unitIndex === -1) {
    return `${JSON.stringify(unitName)} after ${digits} is none of the units h, m and s`;
  }
  return 'hours come before minutes before seconds, each at most once';
}

/**
 * The shortest text that `parseDuration` reads back, for example `1h30m`; a part of a second counts as a whole one, so what is
 * promised is never shorter than what is meant. 0 is `0s`. Throws RangeError for a negative or infinite span.
 */
export function formatDuration(ms: number): string {
  if (!(ms >= 0 && Number.isFinite(ms))) {
    throw new RangeError(`A duration can't be ${ms} ms long`);
  }
  let rest = Math.ceil(ms / 1000) * 1000;
  let text = '';
  for (const unit of units) {
    const count = Math.floor(rest / unit.ms);
    rest -= count * unit.ms;
    text += count > 0 ? `${count}${unit.name}` : '';
  }
  return text || '0s';
}
