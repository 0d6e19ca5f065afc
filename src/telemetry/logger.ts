import { type DestinationStream, destination as fileDestination, type Logger as Pino, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Clock } from '../lib/index.ts';
import { safeFields } from './safe-fields.ts';
import type { Scrubber } from './scrubber.ts';

/** Levels, from the most talkative on. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
/** How much is logged: this level and all that follow it. */
export type LogLevel = (typeof logLevels)[number];

/** Forms of a log line: `json` for machines, `pretty` for people, `auto`: pretty on a terminal. */
export const logFormats = ['json', 'pretty', 'auto'] as const;
/** The form of log lines. */
export type LogFormat = (typeof logFormats)[number];

/** Named values of a log line. An Error under any name is shown as `describeError` describes it. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. The message is a constant sentence; what varies goes into fields. */
export interface Logger {
  /** Steps inside a pass; for hunting faults in rolekeeper itself. */
  trace(message: string, fields?: LogFields): void;
  /** What was looked at and found as it should be. */
  debug(message: string, fields?: LogFields): void;
  /** What changed. */
  info(message: string, fields?: LogFields): void;
  /** What failed and is tried again, or looks wrong and is lived with. */
  warn(message: string, fields?: LogFields): void;
  /** What failed and needs a person. */
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}

/** What a logger works with. */
export interface LoggerOptions {
  /** Lines below this level are not written. */
  readonly level: LogLevel;
  /** `auto` is `pretty` when `stdout` is a terminal and `json` otherwise. */
  readonly format: LogFormat;
  /** Gives the time of each line. */
  readonly clock: Clock;
  /** Masks secrets in whole lines, wherever they stand. */
  readonly scrubber: Scrubber;
  /** Where lines go. Standard output unless given. */
  readonly stdout?: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** Makes a logger. Lines are written at once, so none is lost when the process dies. */
export function createLogger(options: LoggerOptions): Logger {
  const { clock, scrubber } = options;
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Fields arrive described; pino's own view of an error would show its raw message.
      serializers: { err: (value: unknown) => value },
      hooks: { streamWrite: (line) => scrubber.scrubJSON(line) },
    },
    openStream(options),
  );
  return wrap(logger, scrubber);
}

function openStream({ format, stdout }: LoggerOptions): DestinationStream {
  const target = stdout ?? process.stdout;
  const isPretty = format === 'pretty' || (format === 'auto' && target.isTTY === true);
  const raw: DestinationStream =
    stdout === undefined ? fileDestination({ fd: 1, sync: true }) : { write: (line) => void stdout.write(line) };
  if (!isPretty) {
    return raw;
  }
  const prettify = prettyFactory({
    colorize: target.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageKey: 'message',
    timestampKey: 'time',
    singleLine: true,
  });
  return { write: (line) => raw.write(prettify(line)) };
}

function wrap(logger: Pino, scrubber: Scrubber): Logger {
  const writer =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(level)) {
        logger[level](safeFields(fields, scrubber.scrub), message);
      }
    };
  return {
    trace: writer('trace'),
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (fields) => wrap(logger.child(safeFields(fields, scrubber.scrub)), scrubber),
  };
}
