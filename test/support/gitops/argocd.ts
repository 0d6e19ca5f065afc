import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { KubeObject } from '../../../src/api/index.ts';
import type { Judge } from '../../../tools/judges/index.ts';
import { inRepository } from '../../../tools/lib/index.ts';

/** What Argo CD shows of an object. */
export interface Health {
  readonly status: string;
  readonly message: string;
}

/** An action as Argo CD offers it. */
export interface OfferedAction {
  readonly disabled?: boolean;
  readonly displayName: string;
  readonly iconClass: string;
}

interface ActionFile {
  readonly 'discovery.lua': string;
  readonly definitions: readonly { readonly name: string; readonly 'action.lua': string }[];
}

/** Argo CD with the ConfigMap that users apply. */
export class ArgoCD {
  readonly #data: Readonly<Record<string, string>>;
  readonly #judge: Judge;

  private constructor(data: Readonly<Record<string, string>>, judge: Judge) {
    this.#data = data;
    this.#judge = judge;
  }

  static async start(judge: Judge): Promise<ArgoCD> {
    const { data } = parse(await readFile(inRepository('argocd', 'argocd-cm.yaml'), 'utf8')) as {
      readonly data: Readonly<Record<string, string>>;
    };
    return new ArgoCD(data, judge);
  }

  health(object: KubeObject): Promise<Health> {
    return this.#judge.lua<Health>(object, this.#entry('health', object));
  }

  /** The actions by name. */
  offered(object: KubeObject): Promise<Readonly<Record<string, OfferedAction>>> {
    return this.#judge.lua(object, this.#actions(object)['discovery.lua']);
  }

  /** Names of the actions that can be clicked, sorted. */
  async enabled(object: KubeObject): Promise<readonly string[]> {
    return Object.entries(await this.offered(object))
      .flatMap(([name, { disabled }]) => (disabled === true ? [] : [name]))
      .sort();
  }

  /** The names of the actions that are defined, sorted. */
  defined(object: KubeObject): readonly string[] {
    return this.#actions(object)
      .definitions.map(({ name }) => name)
      .sort();
  }

  /** The merge patch that Argo CD sends when somebody runs an action: what the script changed. Undefined: it sends none. */
  async patch(object: KubeObject, action: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const script = this.#actions(object).definitions.find(({ name }) => name === action)?.['action.lua'];
    if (script === undefined) throw new Error(`${object.kind} has no action ${action}`);
    const patch = mergePatch(object, await this.#judge.lua(object, script));
    return patch as Readonly<Record<string, unknown>> | undefined;
  }

  #actions(object: KubeObject): ActionFile {
    return parse(this.#entry('actions', object)) as ActionFile;
  }

  #entry(what: 'health' | 'actions', { apiVersion, kind }: KubeObject): string {
    const entry = this.#data[`resource.customizations.${what}.${apiVersion.split('/')[0]}_${kind}`];
    if (entry === undefined) throw new Error(`argocd-cm.yaml says nothing of the ${what} of ${kind}`);
    return entry;
  }
}

/** What makes `after` of `before`; undefined when nothing does. Lua has one kind of empty table, which Argo CD takes for what it was. */
function mergePatch(before: unknown, after: unknown): unknown {
  if (isEmpty(before) && isEmpty(after)) return undefined;
  if (!isMap(before) || !isMap(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : sameList(before, after);
  const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const change = key in after ? mergePatch(before[key], after[key]) : null;
    return change === undefined ? [] : [[key, change] as const];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** A list is replaced as a whole where one of its entries differs. */
function sameList(before: unknown, after: unknown): unknown {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return after;
  return before.every((entry, index) => mergePatch(entry, after[index]) === undefined) ? undefined : after;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
