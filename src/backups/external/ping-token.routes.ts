import { z } from 'zod';
import { originOf } from '../../auth/actor.ts';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { EXTERNAL_SET } from '../backup.examples.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { createPingToken, listPingTokens, type PingToken, revokePingToken } from './ping-token.store.ts';
import { requireExternal } from './set.store.ts';

/** Ping addresses: how scripts that are there already report. */
export const pingTokenRoutes = (): Route[] => [create, list, revoke];

const tokenSchema = z.object({
  id: z.uuid(),
  setId: z.uuid(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});

const TOKEN: PingToken = {
  id: '019aab2c-9b07-7d3c-8e21-4f1a9c6b2d80',
  setId: EXTERNAL_SET.id,
  createdAt: '2026-11-22T09:30:00Z',
  lastUsedAt: null,
  revokedAt: null,
};

const create = defineWrite({
  tag: 'backups',
  method: 'post',
  path: '/backup-sets/{id}/ping-tokens',
  operationId: 'createPingToken',
  summary: 'Make a ping address for backup scripts; it is shown in this answer and never again',
  permission: 'backup.write',
  errors: ['no-such-backup-set', 'backup-set-retired', 'not-external'],
  status: 201,
  showsSecret: true,
  params: idParams,
  response: z.object({
    token: tokenSchema,
    path: z
      .string()
      .describe('On this server; /start, /success or /fail follows: `curl -fsS https://…/ping/…/success`'),
  }),
  examples: { response: { token: TOKEN, path: `/ping/muster_ping_${'x'.repeat(43)}` } },
  handle: async (request) => {
    const set = requireExternal(await backupSetById(request.tx, request.params.id));
    const { token, secret } = await createPingToken(request.tx, set.id, originOf(request));
    return { body: { token, path: `/ping/${secret}` } };
  },
});

const list = defineRead({
  tag: 'backups',
  path: '/backup-sets/{id}/ping-tokens',
  operationId: 'listPingTokens',
  summary: 'Ping addresses of a set, oldest first, without their secrets; revoked ones as well',
  permission: 'backup.read',
  errors: ['no-such-backup-set'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(tokenSchema),
  examples: { response: { items: [TOKEN], next: null } },
  handle: async ({ db, params, query }) => {
    const set = await backupSetById(db, params.id);
    const rows = await listPingTokens(db, set.id, { limit: query.limit + 1, after: query.after });
    return { body: pageOf(rows, query.limit, ({ id }) => id) };
  },
});

const revoke = defineWrite({
  tag: 'backups',
  method: 'delete',
  path: '/ping-tokens/{id}',
  operationId: 'revokePingToken',
  summary: 'Revoke a ping address for good; it stops working at once',
  permission: 'backup.write',
  errors: ['no-such-ping-token'],
  params: idParams,
  examples: {},
  handle: async (request) => {
    await revokePingToken(request.tx, request.params.id, originOf(request));
    return { body: undefined };
  },
});
