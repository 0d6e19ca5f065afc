import { agreeing, coveredBy, having, joined, overlap, overlappedBy, regexpOf } from './cel-globs.ts';
import { type SpellingDriver, type SpeltPart, spelt } from './spelling.ts';

/** A named expression of a policy; it is evaluated when another one uses it. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What the expressions are made for. */
export interface LimitsOptions {
  readonly drivers: readonly SpellingDriver[];
  /** Most entries that `spec.grants` may have. */
  readonly mostGrants: number;
}

/** Makes the expressions about `spec.grants` and `spec.guardrails` of a provider object: `src/plan/ceiling.ts` in CEL. */
export class Limits {
  readonly #options: LimitsOptions;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  /** What a role is and which limits there are for it. `slug` and `organization` are expressions about the object. */
  about(slug: string, organization: string): readonly Variable[] {
    const { mostGrants } = this.#options;
    const indices = Array.from({ length: mostGrants }, (_, index) => index).join(', ');
    return [
      { name: 'organization', expression: organization },
      { name: 'slug', expression: this.spelt('slug', slug) },
      {
        name: 'protectedBy',
        expression: String.raw`${this.spelt('slug', joined('params.spec.?guardrails.?protectedSlugs.orValue([])'))}.split('\n').filter(g, g != '' && ${overlap('g', 'variables.slug')})`,
      },
      { name: 'grants', expression: 'params.spec.?grants.orValue([])' },
      {
        name: 'own',
        expression: `[${indices}].filter(i, i < size(variables.grants) && ${coveredBy(joined('variables.grants[i].namespaces'), 'request.namespace')})`,
      },
      { name: 'deniesOrganization', expression: this.#denying('organizations', 'variables.organization') },
      { name: 'deniesSlug', expression: this.#denying('slugs', 'variables.slug') },
      {
        name: 'candidates',
        expression: `variables.own.filter(i, ${this.#covering('organizations', 'variables.organization')} && ${this.#covering('slugs', 'variables.slug')})`,
      },
    ];
  }

  /** What the grants say of the permissions of a role. `list` is an expression about the object. */
  aboutPermissions(list: string): readonly Variable[] {
    return [
      {
        name: 'permissions',
        expression: String.raw`size(${list}) == 0 ? [] : ${this.spelt('permission', String.raw`${list}.join('\n')`)}.split('\n')`,
      },
      { name: 'lines', expression: String.raw`size(variables.permissions) == 0 ? '' : variables.permissions.join('\n') + '\n'` },
      { name: 'openPermissions', expression: `variables.permissions.filter(p, p.contains('*'))` },
      { name: 'deniesPermissions', expression: this.#denyingPermissions() },
      { name: 'denied', expression: this.#denied() },
      { name: 'fitting', expression: this.#fitting() },
      { name: 'uncovered', expression: this.#uncovered() },
    ];
  }

  /** An expression in the spelling of the provider. */
  spelt(part: SpeltPart, text: string): string {
    return spelt(this.#options.drivers, part, text);
  }

  #globs(part: Part, list: 'allow' | 'deny', index = 'i'): string {
    const text = joined(`variables.grants[${index}].?${part}.?${list}.orValue([])`);
    return part === 'organizations' ? text : this.spelt(part === 'slugs' ? 'slug' : 'permission', text);
  }

  #denying(part: Part, text: string): string {
    return `variables.own.filter(i, ${having('globs', this.#globs(part, 'deny'), overlappedBy('globs', text))})`;
  }

  #covering(part: Part, text: string): string {
    return `(${restrictsNothing(part)} || ${having('globs', this.#globs(part, 'allow'), coveredBy('globs', text))})`;
  }

  #denyingPermissions(): string {
    const found = having('re', regexpOf('globs'), String.raw`${isSmall('re')} && ('\n' + variables.lines).matches('\n(?:' + re + ')\n')`);
    const open = `size(variables.openPermissions) > 0 && ${having('gs', String.raw`globs.split('\n')`, openFound)}`;
    return `variables.own.filter(i, ${having('globs', this.#globs('permissions', 'deny'), `globs != '' && (${found} || ${open})`)})`;
  }

  /** The permissions that the first of the denying entries denies, where it takes little to find them out. */
  #denied(): string {
    const each = `variables.permissions.filter(p, gs.exists(g, ${overlap('g', 'p')}))`;
    const globs = String.raw`${this.#globs('permissions', 'deny', 'variables.deniesPermissions[0]')}.split('\n')`;
    return `[${globs}].map(gs, size(gs) * size(variables.permissions) <= ${mostNamed} ? ${each} : [])[0]`;
  }

  /** The entries that allow all of it, or so much that it can't be told here. */
  #fitting(): string {
    const fits = having('re', regexpOf('globs'), String.raw`!(${isSmall('re')}) || variables.lines.matches('^(?:(?:' + re + ')\n)*$')`);
    return `variables.candidates.filter(i, ${restrictsNothing('permissions')} || ${having('globs', this.#globs('permissions', 'allow'), fits)})`;
  }

  /** The permissions that the first of the candidates doesn't cover, where it takes little to find them out. */
  #uncovered(): string {
    const regexp = regexpOf('globs');
    const globs = this.#globs('permissions', 'allow', 'variables.candidates[0]');
    const each = `[${regexp}].map(re, size(re) * size(variables.permissions) <= ${mostCompiled} ? variables.permissions.filter(p, !p.matches('^(?:' + re + ')$')) : [])[0]`;
    return `[${globs}].map(globs, ${each})[0]`;
  }
}

type Part = 'organizations' | 'slugs' | 'permissions';

/**
 * How many characters of permissions may meet how many of globs, multiplied. The API server stops an expression at a million units of cost,
 * which is forty times as much, but counts a call only when it is over: a much larger one would keep it busy for seconds.
 */
export const mostCharacters = 24_000_000;
/** How many pairs of a permission and a glob that both have `*` are looked at. */
const mostPairs = 10_000;
/** How many pairs of a permission and a glob are looked at to name the permissions in a message. */
const mostNamed = 4_000;
/** How many characters of regular expressions are compiled to name the permissions in a message. */
const mostCompiled = 200_000;

function isSmall(regexp: string): string {
  return `size(variables.lines) * size(${regexp}) <= ${mostCharacters}`;
}

function restrictsNothing(part: Part): string {
  return `!variables.grants[i].?${part}.?allow.hasValue()`;
}

const plain = String.raw`('\n' + gs.filter(g, !g.contains('*')).join('\n') + '\n')`;
const plainFound = String.raw`size(globs) * size(re) <= ${mostCharacters} && ${plain}.matches('\n(?:' + re + ')\n')`;
/** Whether one of the globs, `gs` or one a line in `globs`, overlaps a permission with `*`. */
const openFound = `(${[
  `gs.exists(g, !g.contains('*')) && ${having('re', regexpOf(String.raw`variables.openPermissions.join('\n')`), plainFound)}`,
  `size(gs) * size(variables.openPermissions) <= ${mostPairs} && gs.exists(g, g.contains('*') && variables.openPermissions.exists(p, ${agreeing('g', 'p')}))`,
].join(' || ')})`;
