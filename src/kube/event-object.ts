import { createHash } from 'node:crypto';
import { group, type KubeObject } from '../api/index.ts';
import { microTime } from './micro-time.ts';

/** An `events.k8s.io/v1` Event. */
export interface KubeEvent extends KubeObject {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: EventSeries;
}

/** How often an Event was repeated. */
export interface EventSeries {
  /** All occurrences, the first included: at least 2. */
  readonly count: number;
  readonly lastObservedTime: string;
}

/** The object that an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Name in `reportingController` of every Event of the operator. */
export const reportingController = `${group}/operator`;

/** What an Event says. */
export interface EventContent {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** Limits that the API server checks, in bytes. */
const limits = { note: 1024, instance: 128, name: 253 };

/** Refers to an object without keeping it. */
export function referenceTo(object: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** Cuts a note to what an Event may carry. */
export function cutNote(note: string): string {
  return cutBytes(note, limits.note);
}

/** A name for an Event about an object. `distinct` makes it differ from that of an equal Event at another time. */
export function eventName(regarding: ObjectReference, distinct: string): string {
  const hash = createHash('sha256').update(distinct).digest('hex').slice(0, 16);
  const stem = regarding.name.slice(0, limits.name - hash.length - 1).replace(/[^a-z0-9]+$/, '');
  return stem === '' ? hash : `${stem}.${hash}`;
}

/** Builds an Event. */
export function eventObject(content: EventContent, name: string, atMs: number, instance: string): KubeEvent {
  const { regarding } = content;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // Events about objects without a namespace live in `default`; the API server insists on it.
    metadata: { name, namespace: regarding.namespace ?? 'default' },
    regarding,
    type: content.type,
    reason: content.reason,
    action: content.action,
    note: content.note,
    eventTime: microTime(atMs),
    reportingController,
    reportingInstance: cutBytes(instance, limits.instance),
  };
}

function cutBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const mark = '…';
  const room = Buffer.from(text).subarray(0, limit - Buffer.byteLength(mark));
  // A character that the cut went through decodes as a replacement character.
  return `${room.toString('utf8').replace(/\uFFFD+$/, '')}${mark}`;
}
