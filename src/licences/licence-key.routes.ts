import { z } from 'zod';
import { countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { retiredView } from './licence.views.ts';
import { LICENCE_KEY_LIST, licenceKeyById, listLicenceKeys } from './licence-key.queries.ts';
import { addLicenceKey, revealLicenceKey, withdrawLicenceKey } from './licence-key.service.ts';
import { type LicenceKey, newLicenceKeySchema } from './licence-key.ts';

/** Licence keys: stored sealed, shown one at a time to whoever may and says why. */
export const licenceKeyRoutes = ({ keyring }: { readonly keyring: Keyring }): Route[] => [
  list,
  getOne,
  add(keyring),
  reveal(keyring),
  withdraw,
];

const licenceKeyView = z.object({
  id: z.uuid(),
  entitlement: z.object({ id: z.uuid(), name: z.string() }),
  seat: z.string().nullable().describe('Which seat it belongs to; null for the entitlement as a whole'),
  withdrawn: retiredView,
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
});

const viewOf = (licenceKey: LicenceKey): z.input<typeof licenceKeyView> => ({
  ...licenceKey,
  withdrawn: licenceKey.withdrawn && { at: licenceKey.withdrawn.at.toString(), reason: licenceKey.withdrawn.reason },
  createdAt: licenceKey.createdAt.toString(),
});

const replyOf = (licenceKey: LicenceKey) => ({ body: viewOf(licenceKey), version: licenceKey.version });

const EXAMPLE: z.input<typeof licenceKeyView> = {
  id: '019aab2c-c364-7e7f-8b55-8c9d0e1f2a3b',
  entitlement: { id: '019aab2c-b253-7d6e-9a44-7b8c9d0e1f2a', name: 'Database Standard, data centre north' },
  seat: 'standby node',
  withdrawn: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'licences' } as const;

const list = defineRead({
  ...common,
  path: '/licence-keys',
  operationId: 'listLicenceKeys',
  summary: 'Which keys there are, in the order of their making; never the keys themselves',
  permission: 'licence.read',
  errors: ['undeclared-list'],
  query: listQuery(LICENCE_KEY_LIST, 'created').extend({
    entitlementId: z.uuid().optional().describe('Only those of this entitlement'),
    state: z.enum(['valid', 'withdrawn', 'all']).default('valid').describe('Which ones: valid, withdrawn, or both'),
  }),
  response: listPageSchema(licenceKeyView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { entitlementId, state, total, limit } = query;
    const valid = state === 'all' ? undefined : state === 'valid';
    const request = listRequest<'entitlementId' | 'valid', 'created'>(query, { entitlementId, valid });
    const page = listPageOf(await listLicenceKeys(db, request), limit);
    const items = page.items.map((row) => viewOf(row.licenceKey));
    return { body: { items, next: page.next, total: total ? await countRows(db, LICENCE_KEY_LIST, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/licence-keys/{id}',
  operationId: 'getLicenceKey',
  summary: 'Where a key belongs; not the key itself',
  permission: 'licence.read',
  errors: ['no-such-licence-key'],
  params: idParams,
  response: licenceKeyView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await licenceKeyById(db, params.id)),
});

const add = (keyring: Keyring) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/licence-keys',
    operationId: 'addLicenceKey',
    summary: 'Add a key to an entitlement or to one seat of it; it is stored sealed',
    permission: 'licence.write',
    errors: ['unsuitable-entitlement', 'licence-key-seat-taken'],
    status: 201,
    body: newLicenceKeySchema,
    response: licenceKeyView,
    examples: {
      body: { entitlementId: EXAMPLE.entitlement.id, seat: 'standby node', key: 'AAAA-BBBB-CCCC-DDDD' },
      response: EXAMPLE,
    },
    handle: async (request) => {
      const licenceKey = await addLicenceKey(request.tx, request, keyring, request.body);
      return { ...replyOf(licenceKey), location: `/licence-keys/${licenceKey.id}` };
    },
  });

const reveal = (keyring: Keyring) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/licence-keys/{id}/reveal',
    operationId: 'revealLicenceKey',
    summary: 'Show a key; the reason goes into the audit trail',
    permission: 'licence.reveal',
    errors: [
      'no-such-licence-key',
      'licence-key-withdrawn',
      'secret-altered',
      'secret-foreign-key',
      'secret-unreadable',
    ],
    params: idParams,
    showsSecret: true,
    body: z.strictObject({ reason: lineText(500).describe('Why it is needed; kept in the audit trail') }),
    response: licenceKeyView.extend({ key: z.string() }),
    examples: {
      body: { reason: 'Rebuilding the standby node' },
      response: { ...EXAMPLE, key: 'AAAA-BBBB-CCCC-DDDD' },
    },
    handle: async (request) => {
      const { licenceKey, key } = await revealLicenceKey(
        request.tx,
        request,
        keyring,
        request.params.id,
        request.body.reason,
      );
      return { ...replyOf(licenceKey), body: { ...viewOf(licenceKey), key } };
    },
  });

const withdraw = defineWrite({
  ...common,
  method: 'post',
  path: '/licence-keys/{id}/withdraw',
  operationId: 'withdrawLicenceKey',
  summary: 'Withdraw a key for good: it is shown no more, and its seat may get another',
  permission: 'licence.write',
  errors: ['no-such-licence-key', 'stale-licence-key', 'licence-key-withdrawn'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is withdrawn; kept with it for good') }),
  response: licenceKeyView,
  examples: {
    body: { reason: 'Replaced by the vendor' },
    response: { ...EXAMPLE, version: 2, withdrawn: { at: '2026-11-22T10:00:00Z', reason: 'Replaced by the vendor' } },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await withdrawLicenceKey(request.tx, request, target, request.body.reason));
  },
});
