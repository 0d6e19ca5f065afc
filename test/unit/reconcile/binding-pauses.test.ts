import { expect, it } from 'vitest';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const admin = { roleRef: { external: { slug: 'admin', organization: 'org_1', providerRef: {} } } };
const other = { namespace: 'other' };
const hour = 3_600_000;

/** Namespaces `team` and `other` lead to one account; the account asks the credentials of `other` alone to slow down, for an hour from `pause` on. */
async function twoNamespaces() {
  const rig = new Rig(new FakeKube(), new FakeProvider());
  let until = 0;
  const left = () => Math.max(0, until - rig.clock.monotonic());
  rig.createLimiter = ({ requestsPerSecond }) => ({
    acquire: async () => 0,
    pause: () => undefined,
    pausedForMs: () => (requestsPerSecond === 7 ? left() : 0),
  });
  rig.addProvider();
  rig.addProvider({ rateLimit: { requestsPerSecond: 7, burst: 1 } }, 'other');
  rig.addSecret({ apiKey: 'sk_other' }, 'other');
  rig.addRole('reader');
  rig.provider.put('org_1', 'admin', ['a']);
  const calls: string[] = [];
  rig.provider.refusal = ({ apiKeySecretRef = '' }, operation) => {
    calls.push(`${apiKeySecretRef} ${operation}`);
    return undefined;
  };
  rig.start();
  await rig.pass(20_000);
  return {
    rig,
    calls: (by: string) => calls.filter((call) => call.startsWith(by)),
    holders: (slug: string) => rig.provider.holders.holdersOf('org_1', slug),
    pause: () => {
      until = rig.clock.monotonic() + hour;
    },
  };
}

it.each([true, false])(
  'RoleBindings wait for no pause of another provider object of their account (which was read through before: %s)',
  async (isKnown) => {
    const { rig, calls, holders, pause } = await twoNamespaces();
    if (isKnown) {
      rig.addBinding('theirs', [{ id: 'bob' }], admin, other);
      await rig.pass(20_000);
      expect(holders('admin')).toEqual(['User/bob']);
    }
    pause();
    const before = calls('sk_other').length;
    rig.addBinding('theirs', [{ id: 'cid' }], admin, other);
    rig.addBinding('ours', [{ id: 'ann' }]);
    await rig.pass(1_300_000);
    expect(holders('reader')).toEqual(['User/ann']);
    expect(rig.bindingReady('ours')).toBe('True/Available');
    // A call would have to wait until the pause is over, and all RoleBindings of the organization with it.
    expect(calls('sk_other')).toHaveLength(before);
    expect(holders('admin')).toEqual(isKnown ? ['User/bob'] : []);
    await rig.pass(hour);
    expect(holders('admin')).toEqual(['User/cid']);
  },
);
