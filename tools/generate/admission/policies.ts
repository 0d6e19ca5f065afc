import type { JsonValue } from '../../../src/model/index.ts';
import { Limits, type LimitsOptions, type Variable } from './limits.ts';
import { problem } from './messages.ts';
import { respelling } from './spelling.ts';

/** An object in the form of the Kubernetes API. */
export type Manifest = Readonly<Record<string, JsonValue>>;

/** What the policies are made from. */
export interface PoliciesOptions extends LimitsOptions {
  readonly group: string;
  readonly version: string;
}

/** What is judged: Roles, or RoleBindings to roles that no manifest declares. */
interface Subject {
  readonly name: string;
  readonly plural: string;
  readonly verb: string;
  /** Where the reference to the provider object stands. */
  readonly providerRef: string;
  readonly slug: string;
  readonly organization: string;
  readonly permissions?: string;
  readonly operations: readonly string[];
  readonly conditions: readonly (readonly [name: string, expression: string])[];
}

const changed = (field: string): string => `object.spec.${field} != oldObject.spec.${field}`;

const subjects: readonly Subject[] = [
  {
    name: 'role',
    plural: 'orgroles',
    verb: 'manage',
    providerRef: 'object.spec.providerRef',
    slug: 'has(object.spec.slug) ? object.spec.slug : object.metadata.name',
    organization: 'object.spec.organization',
    permissions: 'object.spec.permissions',
    operations: ['CREATE', 'UPDATE'],
    conditions: [
      // Who made a Role before the limits were narrowed can still suspend it, and the operator can still set and remove its finalizer.
      ['asks-for-something-else', `request.operation == 'CREATE' || ${changed('permissions')} || ${changed('providerRef')}`],
    ],
  },
  {
    name: 'rolebinding',
    plural: 'orgrolebindings',
    verb: 'grant',
    providerRef: 'object.spec.roleRef.external.providerRef',
    slug: 'object.spec.roleRef.external.slug',
    organization: 'object.spec.roleRef.external.organization',
    // roleRef is immutable.
    operations: ['CREATE'],
    conditions: [],
  },
];

const providerKinds = [
  { kind: 'RoleProvider', isNamespaced: true },
  { kind: 'ClusterRoleProvider', isNamespaced: false },
] as const;

/** A ValidatingAdmissionPolicy and its binding for each kind of provider object and each kind of object that it limits. */
export function policies(options: PoliciesOptions): readonly Manifest[] {
  return subjects.flatMap((subject) => providerKinds.flatMap((provider) => policyAndBinding(options, subject, provider)));
}

function policyAndBinding(options: PoliciesOptions, subject: Subject, provider: (typeof providerKinds)[number]): readonly Manifest[] {
  const name = `rolekeeper-${subject.name}-${provider.kind.toLowerCase()}`;
  const group = 'admissionregistration.k8s.io/v1';
  return [
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        // The operator judges again before it writes, so what can't be told here goes through.
        failurePolicy: 'Ignore',
        paramKind: { apiVersion: `${options.group}/${options.version}`, kind: provider.kind },
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [options.group],
              apiVersions: [options.version],
              operations: subject.operations,
              resources: [subject.plural],
              scope: 'Namespaced',
            },
          ],
        },
        matchConditions: conditionsOf(options, subject, provider).map(([condition, expression]) => ({ name: condition, expression })),
        variables: variablesOf(options, subject, provider).map(({ name: variable, expression }) => ({ name: variable, expression })),
        validations: [
          {
            expression: "variables.problem == ''",
            messageExpression: 'variables.problem',
            message: `The provider object doesn't allow this. See spec.grants and spec.guardrails of the ${provider.kind}.`,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, paramRef: { selector: {}, parameterNotFoundAction: 'Allow' }, validationActions: ['Deny'] },
    },
  ];
}

function conditionsOf(
  { drivers }: PoliciesOptions,
  { providerRef, slug, permissions, conditions }: Subject,
  { kind }: (typeof providerKinds)[number],
): readonly (readonly [string, string])[] {
  const external: readonly (readonly [string, string])[] =
    permissions === undefined ? [['external-role', 'has(object.spec.roleRef.external)']] : [];
  const respelt = respelling(drivers, 'slug').map((type) => `has(params.spec.${type})`);
  return [
    ...external,
    // Every provider object is asked, and all but the one in question have no say.
    ['this-provider', `${providerRef}.kind == '${kind}' && ${providerRef}.name == params.metadata.name`],
    ...conditions,
    // How capital letters of other scripts are lowered is left to the operator.
    ...(respelt.length === 0 || permissions !== undefined
      ? []
      : ([['known-spelling', `!(${respelt.join(' || ')}) || ${slug}.matches('^[ -~]*$')`]] as const)),
  ];
}

function variablesOf(
  options: PoliciesOptions,
  subject: Subject,
  { kind, isNamespaced }: (typeof providerKinds)[number],
): readonly Variable[] {
  const limits = new Limits(options);
  const { slug, organization, permissions, verb } = subject;
  return [
    ...(isNamespaced ? [] : namespaceVariables),
    ...limits.about(slug, organization),
    ...(permissions === undefined ? [] : limits.aboutPermissions(permissions)),
    problem({ verb, provider: kind, isNamespaced, hasPermissions: permissions !== undefined }),
  ];
}

const requirement = [
  "e.operator == 'Exists' ? e.key in variables.labels",
  "e.operator == 'DoesNotExist' ? !(e.key in variables.labels)",
  "e.operator == 'In' ? e.key in variables.labels && variables.labels[e.key] in e.?values.orValue([])",
  '!(e.key in variables.labels) || !(variables.labels[e.key] in e.?values.orValue([]))',
].join(' : ');

/** `allowedNamespaces` of a ClusterRoleProvider. An empty selector matches none. */
const namespaceVariables: readonly Variable[] = [
  { name: 'labels', expression: 'namespaceObject.metadata.?labels.orValue({})' },
  { name: 'matchLabels', expression: 'params.spec.?allowedNamespaces.?selector.?matchLabels.orValue({})' },
  { name: 'matchExpressions', expression: 'params.spec.?allowedNamespaces.?selector.?matchExpressions.orValue([])' },
  {
    name: 'isSelected',
    expression: `size(variables.matchLabels) + size(variables.matchExpressions) > 0 && variables.matchLabels.all(k, k in variables.labels && variables.labels[k] == variables.matchLabels[k]) && variables.matchExpressions.all(e, ${requirement})`,
  },
  {
    name: 'isNamespaceAllowed',
    expression: "params.spec.?allowedNamespaces.?names.orValue([]).exists(n, n == '*' || n == request.namespace) || variables.isSelected",
  },
];
