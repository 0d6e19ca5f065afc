import type { ClusterRoleProvider, KubeObject, LabelRequirement, LabelSelector } from '../api/index.ts';

/**
 * Whether objects of a namespace may use the provider: denied unless `allowedNamespaces` names the namespace, names `*`, or has a
 * selector that matches its labels. An unknown namespace (`undefined`) can only be allowed by name.
 */
export function namespaceAllowed(provider: ClusterRoleProvider, name: string, namespace: KubeObject | undefined): boolean {
  const allowed = provider.spec.allowedNamespaces;
  if (allowed === undefined) return false;
  if (allowed.names?.some((entry) => entry === '*' || entry === name) === true) return true;
  return allowed.selector !== undefined && namespace !== undefined && selectorMatches(allowed.selector, namespace.metadata.labels ?? {});
}

/** Whether labels satisfy a selector. An empty selector matches nothing: a grant must be meant. */
export function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  const requirements = selector.matchExpressions ?? [];
  if (wanted.length === 0 && requirements.length === 0) return false;
  return wanted.every(([key, value]) => labels[key] === value) && requirements.every((entry) => requirementHolds(entry, labels));
}

function requirementHolds(requirement: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && (requirement.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(requirement.values ?? []).includes(value);
  }
}
