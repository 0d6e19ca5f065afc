import { DurationError, formatDuration, parseDuration } from '../lib/index.ts';
import { formatListenAddress, type ListenAddress, parseListenAddress } from '../telemetry/index.ts';

/** How texts become values of one kind. */
export interface FlagType<T> {
  /** Stands for the value in help, for example `duration`. */
  readonly placeholder: string;
  /** The accepted form in words; ends the sentence "must be …". */
  readonly form: string;
  /** The value, or undefined when the text hasn't the form. */
  parse(text: string): T | undefined;
  /** A text that `parse` reads as `value`. */
  format(value: T): string;
  /** The flag may stand without a value, and then means this text. */
  readonly bare?: string;
  /** A flag that is given several times adds to the list instead of being refused. */
  readonly repeatable?: boolean;
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const clusterIDForm = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const longestName = 253;

/** Any text but the empty one. */
export const textFlag: FlagType<string> = {
  placeholder: 'text',
  form: 'a text that is not empty',
  parse: (text) => (text === '' ? undefined : text),
  format: (value) => value,
};

/** The path of a file. Whether it exists is found out when it is read. */
export const pathFlag: FlagType<string> = { ...textFlag, placeholder: 'path', form: 'the path of a file' };

/** `true` or `false`; without a value it means true. */
export const booleanFlag: FlagType<boolean> = {
  placeholder: 'bool',
  form: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  format: String,
  bare: 'true',
};

/** A whole number within bounds. */
export function countFlag({ min, max }: { readonly min: number; readonly max: number }): FlagType<number> {
  return {
    placeholder: 'number',
    form: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
    format: String,
  };
}

/** A span of time within bounds, in milliseconds. */
export function durationFlag({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): FlagType<number> {
  return {
    placeholder: 'duration',
    form: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, for example 15s or 1m30s`,
    parse(text) {
      const value = durationOf(text);
      return value !== undefined && value >= minMs && value <= maxMs ? value : undefined;
    },
    format: formatDuration,
  };
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) {
      return undefined;
    }
    throw error;
  }
}

/** One of a few words. */
export function choiceFlag<const T extends string>(choices: readonly T[]): FlagType<T> {
  return {
    placeholder: choices.join('|'),
    form: `one of ${choices.join(', ')}`,
    parse: (text) => choices.find((choice) => choice === text),
    format: (value) => value,
  };
}

/** The name of a Kubernetes object that may have dots. */
export const objectNameFlag: FlagType<string> = {
  placeholder: 'name',
  form: 'the name of a Kubernetes object: lower-case letters, digits, - and .',
  parse: (text) => (dnsName.test(text) && text.length <= longestName ? text : undefined),
  format: (value) => value,
};

/** What names a cluster. */
export const clusterIDFlag: FlagType<string> = {
  placeholder: 'id',
  form: 'at most 63 letters, digits, ".", "_" and "-", with a letter or digit at both ends',
  parse: (text) => (clusterIDForm.test(text) ? text : undefined),
  format: (value) => value,
};

/** The name of a namespace. */
export const namespaceFlag: FlagType<string> = {
  placeholder: 'namespace',
  form: 'the name of a namespace: at most 63 lower-case letters, digits and -',
  parse: (text) => (dnsLabel.test(text) ? text : undefined),
  format: (value) => value,
};

/** Names of namespaces, without repetition and sorted; the empty text is the empty list. */
export const namespacesFlag: FlagType<readonly string[]> = {
  placeholder: 'namespaces',
  form: 'names of namespaces with commas between them, for example team-a,team-b',
  parse(text) {
    const names = text.split(',').map((name) => name.trim());
    if (text.trim() === '') {
      return [];
    }
    return names.every((name) => dnsLabel.test(name)) ? [...new Set(names)].sort() : undefined;
  },
  format: (value) => value.join(','),
  repeatable: true,
};

/** Where to listen; `off` is undefined inside the object, which says: nowhere. */
export interface OptionalAddress {
  readonly address: ListenAddress | undefined;
}

/** An address to listen on, or `off`. */
export const listenFlag: FlagType<OptionalAddress> = {
  placeholder: 'address',
  form: 'host:port, :port for all interfaces, or off; for example 127.0.0.1:8080',
  parse(text) {
    if (text === 'off') {
      return { address: undefined };
    }
    const address = parseListenAddress(text);
    return address === undefined ? undefined : { address };
  },
  format: ({ address }) => (address === undefined ? 'off' : formatListenAddress(address)),
};
