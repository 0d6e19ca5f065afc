/** What takes the place of a secret value. */
export const mask = '[secret]';

/** Masks known secret values in text. Every credential that is read from a Secret is registered before it is used. */
export interface Scrubber {
  /**
   * From now on masks `value`, also where it stands percent-encoded or in base64. White space around it doesn't count. Values shorter than 6 characters are
   * ignored: masking them would hide ordinary words and protect nothing. The 10,000 values registered last are kept, so
   * a rotated credential stays masked for long after.
   */
  registerSecret(value: string): void;
  /** `text` with every registered value masked. */
  scrub(text: string): string;
  /**
   * `line`, one JSON document in text form, with every registered value masked inside its strings. It stays valid JSON,
   * whatever characters the secrets have.
   */
  scrubJSON(line: string): string;
}

const shortestSecret = 6;
const keptSecrets = 10_000;

/** Makes a scrubber that knows no secret yet. */
export function createScrubber(): Scrubber {
  // Insertion order is the order of registering: the first key is the one to forget.
  const formsOf = new Map<string, readonly Form[]>();
  let longestFirst: readonly Form[] | undefined;

  /** A secret that begins another one must not be masked before it: the rest of the other would stay. */
  const allForms = (): readonly Form[] => {
    longestFirst ??= [...formsOf.values()].flat().sort((a, b) => b.raw.length - a.raw.length);
    return longestFirst;
  };
  const scrub = (text: string): string => {
    let result = text;
    for (const { raw } of allForms()) {
      if (result.includes(raw)) {
        result = result.replaceAll(raw, mask);
      }
    }
    return result;
  };

  return {
    registerSecret(value) {
      if (value.trim().length < shortestSecret) {
        return;
      }
      formsOf.delete(value);
      formsOf.set(value, spellings(value));
      for (const oldest of formsOf.keys()) {
        if (formsOf.size <= keptSecrets) {
          break;
        }
        formsOf.delete(oldest);
      }
      longestFirst = undefined;
    },
    scrub,
    scrubJSON(line) {
      if (!allForms().some((form) => line.includes(form.json))) {
        return line;
      }
      // Replacing in the raw line could break it: a secret of digits also matches a number or a time stamp.
      return `${JSON.stringify(scrubValue(JSON.parse(line), scrub))}\n`;
    },
  };
}

/** One spelling of a secret: as it is in text, and as it is inside a JSON string. */
interface Form {
  readonly raw: string;
  readonly json: string;
}

/** With and without the white space around it: files of credentials tend to end in a line break, and clients to strip it. */
function spellings(value: string): readonly Form[] {
  const raws = [value, value.trim()].flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    formEncoded(secret),
    base64(secret),
    Buffer.from(secret).toString('base64url'),
  ]);
  return [...new Set(raws)].map((raw) => ({ raw, json: JSON.stringify(raw).slice(1, -1) }));
}

/** Without the padding, so that it is also found where the padding was stripped. */
function base64(secret: string): string {
  return Buffer.from(secret).toString('base64').replace(/=+$/, '');
}

function formEncoded(secret: string): string {
  return new URLSearchParams([['', secret]]).toString().slice('='.length);
}

function scrubValue(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') {
    return scrub(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => scrubValue(item, scrub));
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [scrub(key), scrubValue(item, scrub)]));
  }
  return value;
}
