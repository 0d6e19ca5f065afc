import { parseDuration } from '../lib/index.ts';
import type { JsonValue } from '../model/index.ts';

/** A duration of a spec in milliseconds; `fallbackMs` where it is absent. Admission has checked the form. */
export function durationOf(duration: string | undefined, fallbackMs: number): number {
  return duration === undefined ? fallbackMs : parseDuration(duration);
}

/** The value as it looks after a trip through JSON: what the API server gives back. */
export function toJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
