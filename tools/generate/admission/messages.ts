import type { Variable } from './limits.ts';

const namesInMessage = 10;
const first = Array.from({ length: namesInMessage }, (_, index) => index).join(', ');

/** Texts that a CEL expression is made of: literal ones and expressions, in turn. */
function text(strings: TemplateStringsArray, ...expressions: readonly string[]): string {
  const parts = strings.flatMap((string, index) => [...(string === '' ? [] : [quoted(string)]), ...expressions.slice(index, index + 1)]);
  return `(${parts.join(' + ')})`;
}

function quoted(string: string): string {
  return `'${string.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

function list(names: string): string {
  const shown = `[${first}].filter(n, n < size(${names})).map(n, ${names}[n]).join('", "')`;
  const rest = `(size(${names}) > ${namesInMessage} ? ' and ' + string(size(${names}) - ${namesInMessage}) + ' more' : '')`;
  const named = `(size(${names}) == 1 ? 'permission ' : string(size(${names})) + ' permissions: ') + ${text`"${shown}"${rest}`}`;
  return `(size(${names}) == 0 ? 'some of the permissions' : ${named})`;
}

/** What a policy says, and about what. */
export interface MessageOptions {
  /** `manage` or `grant`. */
  readonly verb: string;
  /** Kind of the provider object. */
  readonly provider: string;
  /** Whether the provider object lies in a namespace. */
  readonly isNamespaced: boolean;
  /** Whether the object says what the role holds. */
  readonly hasPermissions: boolean;
}

/** The variable `problem`: why the object is refused, in one line, or an empty text. The first of several that somebody can act on. */
export function problem(options: MessageOptions): Variable {
  const cases: readonly (readonly [when: string, then: string])[] = [
    ...(options.isNamespaced ? [] : [notAllowed(options)]),
    protectedSlug(),
    ['!has(params.spec.grants)', "''"],
    ...grantCases(options),
  ];
  return { name: 'problem', expression: `${cases.map(([when, then]) => `${when} ? ${then} : `).join('')}''` };
}

function providerName({ provider, isNamespaced }: MessageOptions): string {
  return isNamespaced
    ? text`${quoted(provider)} "${'request.namespace'}/${'params.metadata.name'}"`
    : text`${quoted(provider)} "${'params.metadata.name'}"`;
}

function notAllowed(options: MessageOptions): readonly [string, string] {
  return [
    '!variables.isNamespaceAllowed',
    text`${providerName(options)} doesn't allow namespace "${'request.namespace'}". Ask its owner to add the namespace to spec.allowedNamespaces, or use another provider.`,
  ];
}

function protectedSlug(): readonly [string, string] {
  return [
    'size(variables.protectedBy) > 0',
    text`Slug "${'variables.slug'}" is protected: spec.guardrails.protectedSlugs of the provider object lists "${'variables.protectedBy[0]'}". Use another slug, or ask the owner of the provider object to take this one off the list.`,
  ];
}

function grantCases(options: MessageOptions): readonly (readonly [string, string])[] {
  const name = providerName(options);
  const may = text`Namespace "${'request.namespace'}" may not ${quoted(options.verb)} role "${'variables.slug'}" of organization "${'variables.organization'}": `;
  const ask = text`. Ask for less, or ask the owner of ${name} to widen spec.grants.`;
  const refusal = (why: string): string => `${may} + ${why} + ${ask}`;
  const entry = (index: string, rest: string): string => text`in ${name}, spec.grants[${`string(${index})`}].${rest}`;
  const organization = text`organization "${'variables.organization'}"`;
  const slug = text`slug "${'variables.slug'}"`;
  const own = `variables.own.map(i, string(i)).join(', ')`;
  return [
    ['size(variables.own) == 0', refusal(text`no entry of spec.grants of ${name} is for this namespace`)],
    [
      'size(variables.deniesOrganization) > 0',
      refusal(entry('variables.deniesOrganization[0]', text`organizations.deny denies ${organization}`)),
    ],
    ['size(variables.deniesSlug) > 0', refusal(entry('variables.deniesSlug[0]', text`slugs.deny denies ${slug}`))],
    ...(options.hasPermissions
      ? ([
          [
            'size(variables.deniesPermissions) > 0',
            refusal(entry('variables.deniesPermissions[0]', text`permissions.deny denies ${list('variables.denied')}`)),
          ],
        ] as const)
      : []),
    [
      'size(variables.candidates) == 0',
      refusal(text`none of the entries of spec.grants of ${name} for this namespace (${own}) allows ${organization} together with ${slug}`),
    ],
    ...(options.hasPermissions
      ? ([
          [
            'size(variables.fitting) == 0',
            refusal(entry('variables.candidates[0]', text`permissions.allow doesn't cover ${list('variables.uncovered')}`)),
          ],
        ] as const)
      : []),
  ];
}
