import type { JsonValue, OwnershipMark } from '../../model/index.ts';

/** Metadata of a role as it is sent and reported. */
export type Metadata = Readonly<Record<string, JsonValue>>;

/** What of a role is kept in its metadata. */
export interface MetadataContent {
  readonly description: string;
  readonly mark?: OwnershipMark;
  /** Everything else, which is what `spec.frontier.metadata` is about. */
  readonly metadata: Metadata;
}

const descriptionKey = 'description';
/** The organization's title. Servers with Connect write it there themselves. */
const serversKey = 'org_name';
const markKeys = { by: 'managed_by', object: 'rolekeeper_object', cluster: 'rolekeeper_cluster' } as const;
const manager = 'rolekeeper';

/** Why a key can't stand in `spec.frontier.metadata`, as the end of a sentence; undefined where it can. */
export function reservedFor(key: string): string | undefined {
  if (key === descriptionKey) return 'is where Frontier keeps the description; use spec.description';
  if (key === serversKey) return 'is written by Frontier itself; remove it';
  if (key === 'label') return 'must be an object at Frontier, and values here are texts; remove it';
  if (Object.values(markKeys).some((own) => own === key)) return 'is where rolekeeper marks the roles that it manages; remove it';
  return undefined;
}

/** What the metadata of a role holds. A mark of somebody else is metadata like any other. */
export function readMetadata(metadata: Metadata): MetadataContent {
  const { [serversKey]: _servers, ...own } = metadata;
  const { [descriptionKey]: description, ...described } = own;
  const hasText = typeof description === 'string';
  const rest = hasText ? described : own;
  const text = hasText ? description : '';
  if (rest[markKeys.by] !== manager) return { description: text, metadata: rest };
  const { [markKeys.by]: _by, [markKeys.object]: object, [markKeys.cluster]: cluster, ...unmarked } = rest;
  const isWhole = typeof object === 'string' && typeof cluster === 'string';
  return { description: text, metadata: unmarked, ...(isWhole ? { mark: { object, cluster } } : {}) };
}

/** The metadata to send, from what the role shall hold. */
export function writeMetadata({ description, mark, metadata }: MetadataContent): Metadata {
  return {
    ...metadata,
    ...(description === '' ? {} : { [descriptionKey]: description }),
    ...(mark === undefined ? {} : { [markKeys.by]: manager, [markKeys.object]: mark.object, [markKeys.cluster]: mark.cluster }),
  };
}
