import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { HttpClient, HttpRequest } from '../lib/index.ts';
import type { ConnectDeps, ProviderDriver } from '../providers/contract.ts';
import { Connector, type ConnectorParts } from './connector.ts';
import { DriverSet } from './drivers.ts';
import type { ProviderObject } from './keys.ts';
import type { ReconcileDeps } from './ports.ts';

const object = { kind: 'RoleProvider', metadata: { namespace: 'team', name: 'default' }, spec: { fake: {} } } as unknown as ProviderObject;

function request(method: HttpRequest['method'], writes?: boolean): HttpRequest {
  const { signal } = new AbortController();
  return { method, url: 'http://127.0.0.1/', headers: {}, timeoutMs: 1_000, signal, ...(writes === undefined ? {} : { writes }) };
}

/** The object as the cache holds it, whose pause is looked at before every write. */
let stored: ProviderObject = object;

it('sends nothing that may write once the lease can have passed to another, also between two requests of one change', async () => {
  let mayWrite = true;
  const sent: string[] = [];
  let given: ConnectDeps | undefined;
  const driver = {
    type: 'fake',
    account: () => 'account',
    connect: async (_settings: unknown, _credentials: unknown, deps: ConnectDeps) => {
      given = deps;
      return {};
    },
  } as unknown as ProviderDriver;
  const deps = {
    clock: new VirtualClock(),
    mayWrite: () => mayWrite,
    pause: { all: false, operatorNamespace: 'rolekeeper-system' },
    stores: { namespaces: { get: () => undefined }, roleProviders: { get: () => stored } },
  } as unknown as ReconcileDeps;
  const parts: ConnectorParts = {
    createHttpClient: () =>
      ({
        send: async ({ method }: HttpRequest) => ({ status: sent.push(method), body: '', header: () => undefined }),
      }) as unknown as HttpClient,
    createLimiter: () => ({ acquire: async () => 0, pause: () => undefined, pausedForMs: () => 0 }),
    onCall: () => undefined,
    registerSecret: () => undefined,
  };
  await new Connector(deps, new DriverSet([driver]), parts).connect(object, {}, new AbortController().signal);
  await given?.http.send(request('POST'));
  mayWrite = false;
  await given?.http.send(request('GET'));
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    // `connect` says that the request was not sent, so that nobody takes the write for unconfirmed.
    await expect(given?.http.send(request(method))).rejects.toMatchObject({ name: 'HttpError', reason: 'connect' });
  }
  expect(sent).toEqual(['POST', 'GET']);
  // Some APIs change something by a GET, and some are asked by a POST: the request itself says what it is.
  await expect(given?.http.send(request('GET', true))).rejects.toMatchObject({ name: 'HttpError', reason: 'connect' });
  await given?.http.send(request('POST', false));
  mayWrite = true;
  await given?.http.send(request('GET', true));
  expect(sent).toEqual(['POST', 'GET', 'POST', 'GET']);
  // A pause holds from this very moment on.
  stored = { ...object, spec: { ...object.spec, pause: true } } as ProviderObject;
  await expect(given?.http.send(request('PUT'))).rejects.toMatchObject({ name: 'HttpError', reason: 'connect' });
  await given?.http.send(request('GET'));
  stored = object;
  await given?.http.send(request('PUT'));
  expect(sent).toEqual(['POST', 'GET', 'POST', 'GET', 'GET', 'PUT']);
});

it('lets nobody but a ClusterRoleProvider use the identity that the operator itself has', async () => {
  const given: (boolean | undefined)[] = [];
  const driver = {
    type: 'fake',
    account: () => 'account',
    connect: async (_settings: unknown, _credentials: unknown, { ownIdentity }: ConnectDeps) => {
      given.push(ownIdentity);
      return {};
    },
  } as unknown as ProviderDriver;
  const parts = { createHttpClient: () => ({}), createLimiter: () => ({}), registerSecret: () => undefined } as unknown as ConnectorParts;
  const connector = new Connector({ clock: new VirtualClock() } as unknown as ReconcileDeps, new DriverSet([driver]), parts);
  for (const kind of ['RoleProvider', 'ClusterRoleProvider']) {
    await connector.connect({ ...object, kind } as ProviderObject, {}, new AbortController().signal);
  }
  expect(given).toEqual([false, true]);
});
