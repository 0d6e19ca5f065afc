/** What `npm audit --json` came to. */
export type Advice =
  /** Nobody could say whether anything is known against the packages. */
  | { readonly kind: 'unanswered'; readonly why: string }
  /** Packages with known vulnerabilities, one line each, sorted; empty: none. */
  | { readonly kind: 'answered'; readonly vulnerable: readonly string[] };

interface Report {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

/** Reads what npm has printed. An answer without a list of vulnerabilities is none: a registry that knows no advisories must not pass for a clean one. */
export function adviceOf(output: string): Advice {
  let report: Report;
  try {
    report = JSON.parse(output) as Report;
  } catch {
    return { kind: 'unanswered', why: 'npm printed no JSON' };
  }
  const { vulnerabilities } = report;
  if (vulnerabilities === undefined) return { kind: 'unanswered', why: report.message ?? report.error?.summary ?? 'npm gave no reason' };
  const lines = Object.entries(vulnerabilities).map(([name, { severity, range }]) => `${name} ${range}: ${severity}`);
  return { kind: 'answered', vulnerable: lines.sort() };
}
