import fc from 'fast-check';
import { mutation } from '../../support/json-mutations.ts';
import type { Tampering } from './tampering-http.ts';

const oddHeaderValues: readonly (string | undefined)[] = [
  undefined,
  '',
  '0',
  '-1',
  '1e9',
  '99999999999999999999',
  'NaN',
  'Infinity',
  '3, 4',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'soon',
  '٣',
];

const contentTypes: readonly (string | undefined)[] = [
  undefined,
  '',
  'text/html; charset=utf-8',
  'application/octet-stream',
  'application/jsonp',
  'application/json, text/html',
  'application/grpc-web+proto',
  'Application/JSON',
  'application/problem+json',
];

/** Headers that are missing or say odd things. */
const headers = fc
  .record({
    retryAfter: fc.option(fc.constantFrom(...oddHeaderValues), { nil: null, freq: 2 }),
    contentType: fc.option(fc.constantFrom(...contentTypes), { nil: null, freq: 4 }),
    requestID: fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: null, freq: 4 }),
  })
  .map(({ retryAfter, contentType, requestID }) => ({
    ...(retryAfter === null ? {} : { 'retry-after': retryAfter }),
    ...(contentType === null ? {} : { 'content-type': contentType }),
    ...(requestID === null ? {} : { 'x-request-id': requestID }),
  }));

/** Any status that can end an exchange, the common ones more often. */
const status = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(201, 202, 204, 206, 301, 302, 304, 307) },
  { weight: 6, arbitrary: fc.constantFrom(400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 422, 429, 499, 500, 501, 502, 503, 504) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
);

/** Mostly one place of a true answer is spoilt and the rest of it is as it was. */
export const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      request: fc.nat({ max: 6 }),
      goesOn: fc.boolean(),
      mutation,
      status: fc.constant(undefined),
      headers: fc.constant({}),
      lost: fc.constant(undefined),
      isCarriedOut: fc.constant(true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      request: fc.nat({ max: 6 }),
      goesOn: fc.boolean(),
      mutation: fc.option(mutation, { nil: undefined }),
      status: fc.option(status, { nil: undefined, freq: 4 }),
      headers,
      lost: fc.constant(undefined),
      isCarriedOut: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      request: fc.nat({ max: 6 }),
      goesOn: fc.boolean(),
      mutation: fc.constant(undefined),
      status: fc.constant(undefined),
      headers: fc.constant({}),
      lost: fc.constantFrom('connect' as const, 'timeout' as const, 'cut' as const, 'tooLarge' as const),
      isCarriedOut: fc.boolean(),
    }),
  },
);

/** True: whatever the client makes of such an answer, it can't be another truth. */
export function isGarbage({ mutation: spoilt, status: code = 200, lost, isCarriedOut }: Tampering): boolean {
  return lost !== undefined || code < 200 || code > 299 || !isCarriedOut || spoilt?.isGarbage === true;
}
