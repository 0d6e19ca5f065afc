import type { JsonValue } from '../../model/index.ts';

const organization = '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c1d01';

/** What the emulator holds when no seed is given. */
export const example: JsonValue = {
  version: 'v0.115',
  permissions: ['get', 'list', 'create', 'update', 'delete'].map((verb) => `compute.order.${verb}`),
  users: [
    { id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c2d01', email: 'alex@acme.test', name: 'alex', title: 'Alex' },
    { id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c2d02', email: 'robin@acme.test', name: 'robin', title: 'Robin' },
  ],
  organizations: [
    {
      id: organization,
      name: 'acme',
      title: 'Acme',
      roles: [
        {
          id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c3d01',
          name: 'order-viewer',
          title: 'Order viewer',
          permissions: ['compute_order_get', 'compute_order_list'],
          scopes: ['app/organization'],
        },
      ],
      groups: [{ id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c4d01', name: 'operators', title: 'Operators', members: ['robin@acme.test'] }],
    },
  ],
  serviceUsers: [
    {
      id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c5d01',
      organization,
      title: 'rolekeeper',
      secret: 'emulated-secret',
      roles: ['app_organization_accessmanager', 'app_organization_viewer'],
    },
  ],
  policies: [
    { organization, role: 'app_organization_owner', principal: 'app/user:alex@acme.test' },
    { organization, role: 'order-viewer', principal: 'app/group:8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c4d01' },
  ],
};
