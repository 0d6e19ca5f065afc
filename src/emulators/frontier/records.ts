import { createHash } from 'node:crypto';
import type { JsonValue } from '../../model/index.ts';

/** Releases that the emulator behaves as: v0.90 speaks REST, the later ones Connect only. */
export const versions = ['v0.90', 'v0.99', 'v0.115'] as const;

/** See versions. */
export type Version = (typeof versions)[number];

/** Free fields of an object. */
export type Metadata = Readonly<Record<string, JsonValue>>;

/** The organization of what belongs to the platform. */
export const nilUUID = '00000000-0000-0000-0000-000000000000';

/** An organization. */
export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly title: string;
}

/** A role of an organization or of the platform. */
export interface RoleRecord {
  readonly id: string;
  /** The nil uuid for roles of the platform. */
  readonly organizationID: string;
  readonly name: string;
  readonly title: string;
  /** Slugs in the order in which they were sent, with duplicates: what the API shows. */
  readonly permissions: readonly string[];
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Slugs that really are in force: the tuples of the relation store, which the API doesn't show. */
  readonly effective: ReadonlySet<string>;
}

/** A permission of the catalogue. */
export interface PermissionRecord {
  readonly id: string;
  /** `service.resource.verb` */
  readonly key: string;
  readonly title: string;
  readonly metadata: Metadata;
  readonly createdAt: string;
}

/** That a principal holds a role on a resource. Nobody checks that the principal exists. */
export interface PolicyRecord {
  readonly id: string;
  readonly roleID: string;
  /** `namespace:uuid` in the long form. */
  readonly resource: string;
  /** `namespace:uuid` in the long form. */
  readonly principal: string;
  readonly metadata: Metadata;
  readonly createdAt: string;
}

/** A person. */
export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly email: string;
  readonly state: string;
  readonly createdAt: string;
}

/** A group of an organization. */
export interface GroupRecord {
  readonly id: string;
  readonly organizationID: string;
  readonly name: string;
  readonly title: string;
  /** Ids of users. */
  readonly members: readonly string[];
  readonly createdAt: string;
}

/** A machine account and its one secret. */
export interface ServiceUserRecord {
  readonly id: string;
  /** The nil uuid where it belongs to none. */
  readonly organizationID: string;
  readonly title: string;
  readonly clientID: string;
  readonly secret: string;
  readonly superuser: boolean;
  /** The account that a configuration file brings in. */
  readonly bootstrap: boolean;
  readonly createdAt: string;
}

/** How policies name an organization. */
export function organizationResource(id: string): string {
  return `app/organization:${id}`;
}

/** The id after the colon of a principal or resource. */
export function idIn(text: string): string {
  return text.slice(text.indexOf(':') + 1);
}

/** `service_resource_verb` of a key with dots. */
export function slugOf(key: string): string {
  return key.replaceAll('.', '_');
}

/** Whether a text has the form of a uuid. */
export function isUUID(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** A uuid that the same text always gives. */
export function derivedUUID(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
