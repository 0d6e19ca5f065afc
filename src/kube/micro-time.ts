/**
 * A moment as `metav1.MicroTime` wants it: exactly six digits of a second, `2030-01-01T00:00:00.000000Z`. Three digits, as
 * `Date` prints them, are refused by the API server with 400.
 */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
