import type { SubjectKind, SubjectRef } from '../../model/index.ts';

/** What policies call the kinds of subjects. */
const namespaces: Readonly<Record<SubjectKind, string>> = { User: 'app/user', Group: 'app/group', ServiceAccount: 'app/serviceuser' };

/** How a policy names a subject: `namespace:uuid`. */
export function principalOf({ kind, id }: SubjectRef): string {
  return `${namespaces[kind]}:${id}`;
}

/** The subject that a policy names; undefined for a principal of another kind. */
export function subjectOf(principal: string): SubjectRef | undefined {
  const colon = principal.indexOf(':');
  const [namespace, id] = [principal.slice(0, Math.max(0, colon)), principal.slice(colon + 1)];
  const kinds = Object.keys(namespaces) as SubjectKind[];
  const kind = kinds.find((each) => namespaces[each] === namespace);
  // Uuids are compared as texts everywhere else, so each has one spelling here.
  return kind === undefined || id === '' ? undefined : { kind, id: id.toLowerCase() };
}

/** Whether two subjects are one. */
export function isSameSubject(left: SubjectRef | undefined, right: SubjectRef): boolean {
  return left?.kind === right.kind && left.id.toLowerCase() === right.id.toLowerCase();
}

/** How a policy names an organization. */
export function organizationResource(organization: string): string {
  return `app/organization:${organization}`;
}
