/** What takes the place of a credential. */
const mask = '[redacted]';

/** Shorter values aren't credentials; masking them would tear holes into ordinary words. */
const shortestSecret = 6;

/**
 * Forms that credentials have, whoever issued them: authorization headers, JSON web tokens, keys with a well-known prefix,
 * `name=value` pairs that call themselves secret, and long strings of mixed letters and digits.
 */
const credentialForms: readonly RegExp[] = [
  /\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s+(?=\S*[\dA-Z])[\w.~+/=-]{6,}/g,
  /\beyJ[\w-]{6,}(?:\.[\w-]*){0,2}/g,
  /\b(?:sk|pk|rk|ghp|gho|ghs|xox[abprs])[_-][A-Za-z0-9_-]{8,}/g,
  /\bA[KS]IA[A-Z0-9]{12,}/g,
  /\b[\w-]*(?:secret|token|password|passwd|api[_-]?key|authorization|credential)["']?\s*[=:]\s*["']?[^\s"',;&]{4,}/gi,
  /\b(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*[0-9])[A-Za-z0-9+/_-]{32,}={0,2}/g,
];

/** Limits of a cleaned text. */
export interface CleanOptions {
  /** Values that must not appear, wherever they come from. */
  readonly secrets?: readonly string[];
  /** In UTF-16 code units, the mark of the cut included. Default 300. */
  readonly maxLength?: number;
}

/** The text without the part of a secret in the middle of which it was cut. */
function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= shortestSecret; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${mask}`;
  }
  return text;
}

/**
 * A foreign text, fit to be shown in a condition: one line, without control, formatting or half characters, without anything
 * that looks like a credential, cut to a bounded length.
 */
export function cleanText(text: string, options: CleanOptions = {}): string {
  const maxLength = options.maxLength ?? 300;
  // Four times the limit is enough to judge the part that can be shown, and keeps patterns off megabytes of foreign text.
  const judged = text.slice(0, maxLength * 4);
  let cleaned = judged.toWellFormed();
  for (const secret of options.secrets ?? []) {
    if (secret.length < shortestSecret) continue;
    for (const form of [secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
      cleaned = cleaned.replaceAll(form, mask);
      if (judged.length < text.length) cleaned = withoutBeginning(cleaned, form);
    }
  }
  cleaned = cleaned.replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  for (const form of credentialForms) cleaned = cleaned.replaceAll(form, mask);
  return cleaned.length <= maxLength
    ? cleaned
    : `${cleaned
        .slice(0, maxLength - 1)
        .toWellFormed()
        .trimEnd()}…`;
}
