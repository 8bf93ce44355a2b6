import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { setDisabled } from './identity.service.ts';
import { identityView, identityViewOf, peopleCursor, stateQuery } from './identity.view.ts';
import { listServiceAccounts, serviceAccountById } from './people.queries.ts';
import { createServiceAccount, updateServiceAccount } from './service-account.service.ts';
import { newServiceAccountSchema, type ServiceAccount, serviceAccountChangeSchema } from './service-account.ts';

/** Service accounts: programs that act for a person or a team. */
export const serviceAccountRoutes = (): Route[] => [list, getOne, create, update, disable, enable];

const serviceAccountView = z.object({
  ...identityView,
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  purpose: z.string(),
});

const viewOf = (serviceAccount: ServiceAccount): z.input<typeof serviceAccountView> => ({
  ...identityViewOf(serviceAccount),
  owner: serviceAccount.owner,
  purpose: serviceAccount.purpose,
});

const replyOf = (serviceAccount: ServiceAccount) => ({ body: viewOf(serviceAccount), version: serviceAccount.version });

const BODY = {
  name: 'cron',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  purpose: 'Runs the nightly checks',
  roles: ['operator'],
} satisfies z.input<typeof newServiceAccountSchema>;

const EXAMPLE: z.input<typeof serviceAccountView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  name: BODY.name,
  owner: { id: BODY.ownerId, kind: 'team', name: 'Database operations' },
  purpose: BODY.purpose,
  roles: BODY.roles,
  disabledAt: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/service-accounts',
  operationId: 'listServiceAccounts',
  summary: 'Service accounts, in the order of their names',
  permission: 'people.read',
  query: pageQueryBy(peopleCursor).extend({
    state: stateQuery,
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
  }),
  response: pageSchema(serviceAccountView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const rows = await listServiceAccounts(db, filter, { limit: limit + 1, after });
    const page = pageOf(rows, limit, (row) => [row.nameKey, row.id]);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/service-accounts/{id}',
  operationId: 'getServiceAccount',
  summary: 'One service account, also a disabled one',
  permission: 'people.read',
  errors: ['no-such-service-account'],
  params: idParams,
  response: serviceAccountView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await serviceAccountById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/service-accounts',
  operationId: 'createServiceAccount',
  summary: 'Add a service account',
  permission: 'people.write',
  errors: ['role-beyond-yours', 'principal-name-taken', 'unsuitable-owner'],
  status: 201,
  body: newServiceAccountSchema,
  response: serviceAccountView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const serviceAccount = await createServiceAccount(request.tx, request, request.body);
    return { ...replyOf(serviceAccount), location: `/service-accounts/${serviceAccount.id}` };
  },
});

const CHANGE_ERRORS = [
  'no-such-service-account',
  'stale-service-account',
  'principal-beyond-you',
  'last-administrator',
] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/service-accounts/{id}',
  operationId: 'updateServiceAccount',
  summary: 'Change a service account: what the body names replaces what was there',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'role-beyond-yours', 'principal-name-taken', 'unsuitable-owner'],
  ifMatch: true,
  params: idParams,
  body: serviceAccountChangeSchema,
  response: serviceAccountView,
  examples: { body: { purpose: 'Runs the nightly checks and the weekly drill' }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateServiceAccount(request.tx, request, target, request.body));
  },
});

const disable = defineWrite({
  ...common,
  method: 'post',
  path: '/service-accounts/{id}/disable',
  operationId: 'disableServiceAccount',
  summary: 'Take everything away that a service account may do; its tokens stop working within about a second',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-disabled'],
  ifMatch: true,
  params: idParams,
  response: serviceAccountView,
  examples: { response: { ...EXAMPLE, version: 2, disabledAt: '2026-11-22T10:00:00Z' } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'service-account', target, true);
    return replyOf(await serviceAccountById(request.tx, target.id));
  },
});

const enable = defineWrite({
  ...common,
  method: 'post',
  path: '/service-accounts/{id}/enable',
  operationId: 'enableServiceAccount',
  summary: 'Give a disabled service account back what its roles allow',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-active'],
  ifMatch: true,
  params: idParams,
  response: serviceAccountView,
  examples: { response: { ...EXAMPLE, version: 3 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'service-account', target, false);
    return replyOf(await serviceAccountById(request.tx, target.id));
  },
});
