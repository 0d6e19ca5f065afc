import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { dropNulls } from './drop-nulls.ts';
import { type Kind, kinds, schemas } from './generated/schemas.ts';
import { apiVersion } from './meta.ts';
import type { ClusterRoleProvider, RoleProvider } from './provider.ts';
import type { Role } from './role.ts';
import type { RoleBinding } from './role-binding.ts';

/** The type of each kind. */
interface TypeOfKind {
  readonly Role: Role;
  readonly RoleBinding: RoleBinding;
  readonly RoleProvider: RoleProvider;
  readonly ClusterRoleProvider: ClusterRoleProvider;
}

/** An object of one of our kinds; `kind` tells which. */
export type Manifest = { readonly [K in Kind]: TypeOfKind[K] & { readonly kind: K } }[Kind];

/** One thing that is wrong with a manifest. */
export interface ManifestProblem {
  /** The field, for example `spec.permissions[3]`; empty for the manifest as a whole. */
  readonly path: string;
  /** What is wrong, as the end of a sentence that begins with the field: `must not be empty`. */
  readonly message: string;
}

/** A manifest with the defaults of the CRD filled in, or everything that is wrong with it. */
export type ManifestCheck =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/**
 * Checks a parsed manifest against the schema of its kind: types, required and unknown fields, patterns, bounds and
 * duplicates. The CEL rules of the CRDs (exactly one provider block, no empty `permissions` without `allowEmpty`, least
 * intervals, immutable fields, …) are not evaluated here; only the API server does that.
 * @param value what a YAML or JSON parser returned; it isn't changed
 * @returns problems sorted by path; never throws
 */
export function validateManifest(value: unknown): ManifestCheck {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('', `must be an object with apiVersion, kind, metadata and spec, not ${describe(value)}`);
  }
  const given: { readonly apiVersion?: unknown; readonly kind?: unknown } = value;
  if (given.apiVersion !== apiVersion) return refuse('apiVersion', `must be ${show(apiVersion)}, not ${describe(given.apiVersion)}`);
  if (!isKind(given.kind)) return refuse('kind', `must be one of ${kinds.join(', ')}, not ${describe(given.kind)}`);
  const manifest: unknown = structuredClone(value);
  dropNulls(schemas[given.kind], manifest);
  const validate = validatorOf(given.kind);
  if (validate(manifest)) return { ok: true, manifest: manifest as Manifest };
  return { ok: false, problems: problemsOf(validate.errors ?? []) };
}

function refuse(path: string, message: string): ManifestCheck {
  return { ok: false, problems: [{ path, message }] };
}

function isKind(value: unknown): value is Kind {
  return kinds.some((kind) => kind === value);
}

/** Compiled on first use: whoever imports this room for its types doesn't pay for it. */
const validators = new Map<Kind, ValidateFunction>();

function validatorOf(kind: Kind): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ allErrors: true, verbose: true, useDefaults: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schemas[kind]);
  validators.set(kind, validate);
  return validate;
}

function problemsOf(errors: readonly ErrorObject[]): readonly ManifestProblem[] {
  const problems = errors.filter(isForPeople).map((error) => ({ path: pathOf(error), message: messageOf(error) }));
  return problems.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }) || a.message.localeCompare(b.message, 'en'));
}

/** The branches of an `anyOf` fail one by one and then together; only the whole says something to people. */
function isForPeople(error: ErrorObject): boolean {
  return !error.schemaPath.includes('/anyOf/');
}

/** `/spec/permissions/3` → `spec.permissions[3]`; an error about a field of an object gets that field's path. */
function pathOf(error: ErrorObject): string {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { missingProperty, additionalProperty } = error.params as Readonly<Record<string, unknown>>;
  const extra = missingProperty ?? additionalProperty ?? (error.keyword === 'uniqueItems' ? twinsOf(error)[1] : undefined);
  if (extra !== undefined) steps.push(String(extra));
  return steps.map(formatStep).join('').replace(/^\./, '');
}

function formatStep(step: string): string {
  if (/^\d+$/.test(step)) return `[${step}]`;
  return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

const comparisons: Readonly<Record<string, string>> = { '>=': 'at least', '<=': 'at most' };

function messageOf(error: ErrorObject): string {
  const { keyword, params, data } = error;
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return `is not a known field; known are ${Object.keys(error.parentSchema?.properties ?? {}).join(', ')}`;
    case 'type':
      return `must be ${article(wordFor(String(params.type)))}, not ${describe(data)}`;
    case 'enum':
      return `must be one of ${(params.allowedValues as readonly unknown[]).map(show).join(', ')}, not ${describe(data)}`;
    case 'pattern':
      return `must match ${String(params.pattern)}, not ${describe(data)}`;
    case 'format':
      return `must be a ${String(params.format)} such as "2030-01-31T12:00:00Z", not ${describe(data)}`;
    case 'minimum':
    case 'maximum':
      return `must be ${comparisons[String(params.comparison)] ?? ''} ${String(params.limit)}, not ${describe(data)}`;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${String(params.limit)} ${unitOf(keyword)}`;
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${String(params.limit)} ${unitOf(keyword)}, not ${sizeOf(data)}`;
    case 'uniqueItems': {
      const [first] = twinsOf(error);
      return `repeats ${show((data as readonly unknown[])[first])}, which is entry [${first}] already`;
    }
    case 'anyOf':
      return 'must have a name';
    default:
      return error.message ?? `doesn't satisfy ${keyword}`;
  }
}

/** The positions of two equal items, in order. */
function twinsOf(error: ErrorObject): readonly [number, number] {
  const { i, j } = error.params as { readonly i: number; readonly j: number };
  return [Math.min(i, j), Math.max(i, j)];
}

function unitOf(keyword: string): string {
  return keyword.endsWith('Length') ? 'characters' : 'entries';
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return [...data].length;
  return Array.isArray(data) ? data.length : Object.keys(data as object).length;
}

function wordFor(type: string): string {
  return type === 'array' ? 'list' : type;
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

/** Long enough to recognise a value, short enough for one line. */
const longestShown = 80;

/** What a value is, for the end of "must be …, not". */
function describe(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = show(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
