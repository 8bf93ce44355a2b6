import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import { PERMISSIONS, ROLES } from './permissions.ts';
import { findSession, ownAccount, type Session } from './session.queries.ts';
import { grantToken, withdrawToken } from './token.service.ts';
import { listTokens, type Token } from './token.store.ts';

/** Who am I, and the tokens that act for me (or, with `token.manage`, for anybody). */
export const authRoutes = (): Route[] => [getMe, getTokens, postToken, deleteToken];

const tokenSchema = z.object({
  id: z.uuid(),
  name: z.string().describe('What it is for'),
  principalId: z.uuid().describe('Whose token it is'),
  principalName: z.string(),
  createdBy: z.uuid().nullable().describe('The principal that made it; null when it was made on the command line'),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().describe('Null: good until revoked'),
  lastUsedAt: z.iso.datetime().nullable().describe('Written in batches: may lag behind by some seconds'),
  revokedAt: z.iso.datetime().nullable(),
});

const viewOf = (token: Token): z.input<typeof tokenSchema> => ({
  ...token,
  createdAt: token.createdAt.toISOString(),
  expiresAt: token.expiresAt?.toISOString() ?? null,
  lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  revokedAt: token.revokedAt?.toISOString() ?? null,
});

const EXAMPLE: z.input<typeof tokenSchema> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  name: 'nightly checks',
  principalId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  principalName: 'cron',
  createdBy: '019aab2b-02f4-7d1c-b6a2-90c1e5d7f8a4',
  createdAt: '2026-11-22T09:30:00.000Z',
  expiresAt: '2027-11-22T09:30:00.000Z',
  lastUsedAt: null,
  revokedAt: null,
};

const getMe = defineRead({
  path: '/me',
  operationId: 'getMe',
  tag: 'auth',
  summary: 'Who the request acts for, and what it may do',
  permission: 'token.own',
  response: z.object({
    id: z.uuid(),
    kind: z.enum(['person', 'team', 'service-account']),
    name: z.string(),
    roles: z.array(z.enum(ROLES)),
    permissions: z.array(z.enum(PERMISSIONS)).describe('The union of what the roles may do'),
    hasPassword: z.boolean().describe('Whether a password signs them in; only persons can have one'),
    zone: z.string().nullable().describe('The time zone of a person, where they stated one'),
    session: z
      .object({
        id: z.uuid(),
        openedBy: z.enum(['link', 'password']),
        createdAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      })
      .nullable()
      .describe('How the request is signed in; null when it came with a token'),
  }),
  examples: {
    response: {
      id: EXAMPLE.principalId,
      kind: 'service-account',
      name: 'cron',
      roles: ['operator'],
      permissions: ['backup.operate', 'backup.read'],
      hasPassword: false,
      zone: null,
      session: null,
    },
  },
  handle: async ({ db, principal, sessionId }) => {
    const { id, roles, permissions } = principal;
    const session = sessionId === undefined ? undefined : await findSession(db, id, sessionId);
    return {
      body: {
        ...principal,
        roles: [...roles],
        permissions: [...permissions].toSorted(),
        ...(await ownAccount(db, id)),
        session: session ? sessionViewOf(session) : null,
      },
    };
  },
});

function sessionViewOf({ id, openedBy, createdAt, expiresAt }: Session) {
  return { id, openedBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
}

const getTokens = defineRead({
  path: '/tokens',
  operationId: 'listTokens',
  tag: 'auth',
  summary: 'Your tokens, oldest first; with token.manage those of everybody',
  permission: 'token.own',
  errors: ['permission-missing'],
  query: pageQuery.extend({ principalId: z.uuid().optional().describe('Only the tokens of this principal') }),
  response: pageSchema(tokenSchema),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, principal, query }) => {
    const all = principal.permissions.has('token.manage');
    if (!all && query.principalId !== undefined && query.principalId !== principal.id) throw onlyYourOwn();
    const principalId = all ? query.principalId : principal.id;
    const tokens = await listTokens(db, { principalId, after: query.after, limit: query.limit + 1 });
    const page = pageOf(tokens, query.limit, (token) => token.id);
    return { body: { ...page, items: page.items.map(viewOf) } };
  },
});

const postToken = defineWrite({
  method: 'post',
  path: '/tokens',
  operationId: 'createToken',
  tag: 'auth',
  summary: 'Make a token; its secret is shown in this answer and never again',
  permission: 'token.own',
  errors: ['permission-missing', 'more-than-yourself', 'no-such-principal', 'principal-disabled', 'expiry-in-the-past'],
  status: 201,
  showsSecret: true,
  body: z.strictObject({
    name: lineText(200).describe('What it is for'),
    principalId: z.uuid().optional().describe('Whose token it is; yours when left out'),
    expiresAt: z.iso.datetime().nullable().default(null).describe('Null: good until revoked'),
  }),
  response: z.object({ token: tokenSchema, secret: z.string().describe('Send it as `Authorization: Bearer …`') }),
  examples: {
    body: { name: EXAMPLE.name, principalId: EXAMPLE.principalId, expiresAt: EXAMPLE.expiresAt },
    response: { token: EXAMPLE, secret: `muster_${'x'.repeat(43)}` },
  },
  handle: async (request) => {
    const { body, principal } = request;
    const { token, secret } = await grantToken(request.tx, request, {
      principalId: body.principalId ?? principal.id,
      name: body.name,
      expiresAt: body.expiresAt === null ? null : new Date(body.expiresAt),
    });
    return { body: { token: viewOf(token), secret } };
  },
});

const deleteToken = defineWrite({
  method: 'delete',
  path: '/tokens/{id}',
  operationId: 'revokeToken',
  tag: 'auth',
  summary: 'Revoke a token for good; it stops working within about a second',
  permission: 'token.own',
  errors: ['no-such-token'],
  params: idParams,
  examples: {},
  handle: async (request) => {
    await withdrawToken(request.tx, request, request.params.id);
    return { body: undefined };
  },
});

function onlyYourOwn(): AppError {
  return new AppError(
    'forbidden',
    'permission-missing',
    'Tokens of somebody else need the permission token.manage; leave principalId out to see your own',
  );
}
