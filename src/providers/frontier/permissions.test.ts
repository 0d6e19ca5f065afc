import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUUID, permissionKey, permissionSlug } from './permissions.ts';

const part = fc.stringMatching(/^[a-z][a-z0-9]{2,10}$/);

describe('permissionSlug', () => {
  it.each([
    { text: 'compute.order.get', slug: 'compute_order_get' },
    { text: 'compute/order:get', slug: 'compute_order_get' },
    { text: 'compute/order#get', slug: 'compute_order_get' },
    { text: 'compute_order_get', slug: 'compute_order_get' },
    { text: 'Compute.Order.Get', slug: 'Compute_Order_Get' },
    { text: 'my_service.order-item.get', slug: 'my_service_order-item_get' },
    { text: 'my_service_order_get', slug: 'my_service_order_get' },
  ])('makes $slug of $text', ({ text, slug }) => {
    expect(permissionSlug(text)).toBe(slug);
  });

  it.each([
    ...['', 'get', 'order.get', 'order_get', 'a.b.c.d', 'a/b', 'a/b/c', 'a:b:c', 'a/b.c', 'a..c', '__', 'a__c', '_a_b', 'a_b_'],
    ...['compute.order.*', '*', 'a b_c_d', 'a.b.c\n', '3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f'],
  ])('makes nothing of %j', (text) => {
    expect(permissionSlug(text)).toBeUndefined();
  });

  it('leads every spelling to the same slug, which it leaves as it is and from which the key comes back', () => {
    fc.assert(
      fc.property(part, part, part, (service, resource, verb) => {
        const slug = `${service}_${resource}_${verb}`;
        const spellings = [slug, `${service}.${resource}.${verb}`, `${service}/${resource}:${verb}`, `${service}/${resource}#${verb}`];
        expect(spellings.map(permissionSlug)).toEqual([slug, slug, slug, slug]);
        expect(permissionKey(slug)).toBe(spellings[1]);
      }),
    );
  });
});

describe('permissionKey', () => {
  it.each(['a_b', 'my_service_order_get', 'a__c', ''])('is not guessed of %j', (slug) => {
    expect(permissionKey(slug)).toBeUndefined();
  });
});

describe('isUUID', () => {
  it('knows a uuid in any case, and nothing longer', () => {
    expect(isUUID('3F2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f')).toBe(true);
    expect(isUUID('3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f0')).toBe(false);
    expect(isUUID('acme')).toBe(false);
  });
});
