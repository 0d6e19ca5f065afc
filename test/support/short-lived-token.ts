import { createPrivateKey, sign } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceAccountKubeconfig } from '../../tools/controlplane/index.ts';
import type { OwnCluster } from './control-plane.ts';

/** The API server takes a token for so long after its end, in seconds, so that clocks may differ. */
const leewaySeconds = 60;

/**
 * Puts a token into the file of an identity that the API server takes for a few seconds only, and returns it. The API server issues
 * none that lives below ten minutes, so it is signed here, with its key.
 */
export async function shortLivedToken(
  { controlPlane }: OwnCluster,
  { tokenFile, rotate }: ServiceAccountKubeconfig,
  seconds: number,
): Promise<string> {
  await rotate();
  const [head = '', body = ''] = (await readFile(tokenFile, 'utf8')).split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Readonly<Record<string, unknown>>;
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now - 600, nbf: now - 600, exp: now - leewaySeconds + seconds };
  const signed = `${head}.${Buffer.from(JSON.stringify({ ...claims, ...times })).toString('base64url')}`;
  const key = createPrivateKey(await readFile(join(controlPlane.directory, 'pki', 'service-accounts.key')));
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const token = `${signed}.${signature}`;
  // A reader must see the old token or the new one, never half of it.
  await writeFile(`${tokenFile}.new`, token, { mode: 0o600 });
  await rename(`${tokenFile}.new`, tokenFile);
  return token;
}
