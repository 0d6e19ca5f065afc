import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProviderError } from '../../src/model/index.ts';
import { KarmoBench } from './karmo-bench.ts';

/** Temporary keys, as every AWS service here gives them out. */
const keys = { id: 'ASIATEMPORARY', secret: 'temporary-secret', sessionToken: 'temporary-session' };
const expiration = '2100-01-01T00:00:00Z';

let bench: KarmoBench;
let folder: string;
let servers: Server[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'karmo-aws-'));
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'no-config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'no-credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  bench = await KarmoBench.start({ seed: { accessKeys: [keys] }, settings: { aws: { region: 'eu-west-1' } } });
});

afterEach(async () => {
  await bench.end();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function fileWith(text: string): string {
  const path = join(folder, 'token');
  writeFileSync(path, text);
  return path;
}

/** What a role's temporary keys look like to containers and instances. */
const document = JSON.stringify({
  Code: 'Success',
  Type: 'AWS-HMAC',
  LastUpdated: '2030-01-01T00:00:00Z',
  AccessKeyId: keys.id,
  SecretAccessKey: keys.secret,
  Token: keys.sessionToken,
  Expiration: expiration,
});

async function probe(): Promise<void> {
  await bench.scenario.provider.probe(bench.scenario.signal);
}

async function refused(): Promise<ProviderError> {
  const error = await bench.scenario.failure(probe());
  for (const secret of [keys.secret, keys.sessionToken, 'service-account-token']) expect(error.message).not.toContain(secret);
  expect(bench.sent()).toEqual([]);
  return error;
}

it('without keys the operator’s own identity signs nothing for those who may not use it', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.id);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secret);
  vi.stubEnv('AWS_SESSION_TOKEN', keys.sessionToken);
  const { driver, emulator, settings } = bench.fixture;

  for (const ownIdentity of [false, undefined]) {
    const deps = { ...bench.deps(), ...(ownIdentity === undefined ? {} : { ownIdentity }) };
    if (ownIdentity === undefined) delete (deps as { ownIdentity?: boolean }).ownIdentity;
    await expect(driver.connect(settings(emulator.url), {}, deps)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining("only a ClusterRoleProvider may use the operator's own AWS identity"),
    });
  }
  expect(bench.sent()).toEqual([]);
});

describe('without keys, the identity comes from', () => {
  it('the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', keys.id);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secret);
    vi.stubEnv('AWS_SESSION_TOKEN', keys.sessionToken);

    await probe();

    expect(bench.sent()).toEqual([['issueToken', 200]]);
  });

  it('EKS Pod Identity', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json');
      response.end(document);
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', fileWith('service-account-token'));

    await probe();
    await probe();

    expect(bench.sent()).toEqual([
      ['issueToken', 200],
      ['issueToken', 200],
    ]);
    expect(seen).toEqual(['service-account-token']);
  });

  it('IRSA: the role of a service account, by web identity', async () => {
    const seen: URLSearchParams[] = [];
    const url = await serve((request, response) => {
      void bodyOf(request).then((text) => {
        seen.push(new URLSearchParams(text));
        response.setHeader('content-type', 'text/xml');
        response.end(assumedRole);
      });
    });
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/rolekeeper');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', fileWith('service-account-token'));

    await probe();

    expect(bench.sent()).toEqual([['issueToken', 200]]);
    expect(Object.fromEntries(seen[0] ?? [])).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: 'arn:aws:iam::123456789012:role/rolekeeper',
      WebIdentityToken: 'service-account-token',
    });
  });

  it('the instance profile', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/latest/api/token') response.end('metadata-token');
      else response.end(request.url?.endsWith('/rolekeeper') === true ? document : 'rolekeeper');
    });
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', url);

    await probe();

    expect(bench.sent()).toEqual([['issueToken', 200]]);
  });
});

describe('without an identity', () => {
  it('the provider is unauthorized and says what to set', async () => {
    const error = await refused();

    expect(error.kind).toBe('unauthorized');
    expect(error.message).toContain('aws.accessKeyIDSecretRef');
    expect(error.message).toContain('IAM role');
  });

  it.each([
    { reason: 'a role that STS refuses', status: 403, code: 'AccessDenied', kind: 'unauthorized' },
    { reason: 'a token that STS refuses', status: 400, code: 'InvalidIdentityToken', kind: 'unauthorized' },
    { reason: 'an STS that fails', status: 503, code: 'ServiceUnavailable', kind: 'transient' },
  ])('because of $reason, it is $kind', async ({ status, code, kind }) => {
    const url = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(`<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>Not for you</Message></Error></ErrorResponse>`);
    });
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/rolekeeper');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', fileWith('service-account-token'));

    const error = await refused();

    expect(error.kind).toBe(kind);
    expect(error.message).toContain('Not for you');
  });

  it('because of a token file that is not there, it is unauthorized', async () => {
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/rolekeeper');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'nothing-here'));

    expect((await refused()).kind).toBe('unauthorized');
  });

  it('because of a Pod Identity agent that answers nothing in time, it is transient', async () => {
    const asked = Promise.withResolvers<void>();
    const url = await serve(() => asked.resolve());
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', url);
    const error = refused();
    await asked.promise;
    await bench.scenario.clock.advance(10_000);

    expect((await error).kind).toBe('transient');

    const agent = await serve((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(document);
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', agent);
    await probe();
    expect(bench.sent(), 'the next try waits for nothing of this one').toEqual([['issueToken', 200]]);
  });

  it('it ends with the reason of a signal that aborts', async () => {
    const asked = Promise.withResolvers<void>();
    const url = await serve(() => asked.resolve());
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', url);
    const stop = new AbortController();
    const reason = new Error('shutting down');
    const outcome = bench.scenario.provider.probe(stop.signal).catch((error: unknown) => error);
    await asked.promise;
    stop.abort(reason);

    expect(await outcome).toBe(reason);
  });
});

const assumedRole = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>${keys.id}</AccessKeyId><SecretAccessKey>${keys.secret}</SecretAccessKey><SessionToken>${keys.sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/rolekeeper/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
