/** Where `live` doesn't say what `desired` does, as paths; what only `live` has is no difference. This is how Argo CD compares by default. */
export function differences(desired: unknown, live: unknown, path = ''): readonly string[] {
  if (Array.isArray(desired)) {
    if (!Array.isArray(live) || live.length !== desired.length) return [path];
    return desired.flatMap((entry, index) => differences(entry, live[index], `${path}[${index}]`));
  }
  if (typeof desired !== 'object' || desired === null) return desired === live ? [] : [path];
  if (typeof live !== 'object' || live === null) return [path];
  return Object.entries(desired).flatMap(([key, value]) =>
    differences(value, (live as Readonly<Record<string, unknown>>)[key], `${path}.${key}`),
  );
}

interface ManagedFields {
  readonly manager: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** What the operator has written outside of the status, as paths of `managedFields`. */
export function fieldsOfOperator(object: { readonly metadata: object }): readonly string[] {
  const { managedFields = [] } = object.metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields
    .filter(({ manager, subresource }) => manager === 'rolekeeper' && subresource !== 'status')
    .flatMap(({ fieldsV1 = {} }) =>
      Object.entries(fieldsV1).flatMap(([key, below]) => Object.keys(below as object).map((name) => `${key}/${name}`)),
    );
}

/** An object without what tells only who wrote it when. */
export function withoutHistory<T extends { readonly metadata: object }>(object: T): unknown {
  const { managedFields, ...metadata } = object.metadata as { readonly managedFields?: unknown };
  return { ...object, metadata };
}
