import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineAction, definePublic, defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import { originOf } from './actor.ts';
import { changePassword } from './password.service.ts';
import { findSession, listSessions, type Session } from './session.queries.ts';
import { revokeSession, revokeSessions } from './session.store.ts';
import { signIn } from './sign-in.service.ts';

/** Signing in and out, the caller's own sessions, and their password. */
export const sessionRoutes = (): Route[] => [
  postSession,
  deleteSession,
  getSessions,
  deleteOneSession,
  deleteSessions,
  putPassword,
];

const common = { tag: 'auth' } as const;

/** Text of a form field: what a password is allowed to be is decided by its rules. */
const passwordText = z.string().min(1, 'must not be empty').max(256);

const postSession = definePublic({
  ...common,
  path: '/session',
  operationId: 'signIn',
  summary:
    'Sign in with a password: the answer sets the cookie of a new session, and a session that is sent along ends',
  errors: ['sign-in-refused', 'sign-in-locked', 'passwords-busy', 'cross-site-request'],
  body: z.strictObject({
    name: lineText(254).describe('The name or the e-mail address of a person, in any case'),
    password: passwordText.describe('Their password'),
  }),
  response: z.object({ principal: z.object({ id: z.uuid(), name: z.string() }) }),
  examples: {
    body: { name: 'duty@example.org', password: 'four words that nobody guesses' },
    response: { principal: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Duty technician' } },
  },
  handle: async ({ db, body, ...arrival }) => {
    const { principal, session } = await signIn(db, body, arrival);
    return { body: { principal }, session };
  },
});

const deleteSession = defineWrite({
  ...common,
  method: 'delete',
  path: '/session',
  operationId: 'signOut',
  summary: 'Sign out: the session that sends this ends, and its cookie is cleared',
  permission: 'token.own',
  errors: ['session-needed'],
  examples: {},
  handle: async (request) => {
    await revokeSession(request.tx, sessionNeeded(request.sessionId), originOf(request));
    return { body: undefined, session: 'ended' };
  },
});

const sessionSchema = z.object({
  id: z.uuid(),
  openedBy: z.enum(['link', 'password']),
  createdAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime().describe('Written in batches: may lag behind by some seconds'),
  expiresAt: z.iso.datetime().describe('At the latest: a session that nobody uses for 2 hours ends before'),
  address: z
    .string()
    .nullable()
    .describe('The IP address that it was opened from; null for one from before these were kept'),
  agent: z.string().nullable().describe('What the browser said that it is'),
  isThisOne: z.boolean().describe('Whether this request came with it'),
});

const viewOf = (session: Session, sessionId: string | undefined): z.input<typeof sessionSchema> => ({
  id: session.id,
  openedBy: session.openedBy,
  createdAt: session.createdAt.toISOString(),
  lastSeenAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  address: session.clientAddress,
  agent: session.clientAgent,
  isThisOne: session.id === sessionId,
});

const getSessions = defineRead({
  ...common,
  path: '/me/sessions',
  operationId: 'listMySessions',
  summary: 'Where you are signed in, the newest session first',
  permission: 'token.own',
  query: pageQuery,
  response: pageSchema(sessionSchema),
  examples: {
    response: {
      items: [
        {
          id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
          openedBy: 'password',
          createdAt: '2026-11-22T09:30:00.000Z',
          lastSeenAt: '2026-11-22T10:12:00.000Z',
          expiresAt: '2026-11-22T21:30:00.000Z',
          address: '192.0.2.17',
          agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
          isThisOne: true,
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, principal, query, sessionId }) => {
    const sessions = await listSessions(db, principal.id, { after: query.after, limit: query.limit + 1 });
    const page = pageOf(sessions, query.limit, (session) => session.id);
    return { body: { ...page, items: page.items.map((session) => viewOf(session, sessionId)) } };
  },
});

const deleteOneSession = defineWrite({
  ...common,
  method: 'delete',
  path: '/me/sessions/{id}',
  operationId: 'endMySession',
  summary: 'End one of your sessions; it stops working within about a second',
  permission: 'token.own',
  errors: ['no-such-session'],
  params: idParams,
  examples: {},
  handle: async (request) => {
    const { tx, principal, params, sessionId } = request;
    if (!(await findSession(tx, principal.id, params.id))) {
      throw new AppError('not-found', 'no-such-session', `You have no session ${params.id}`);
    }
    await revokeSession(tx, params.id, originOf(request));
    return { body: undefined, ...(params.id === sessionId && { session: 'ended' }) };
  },
});

const deleteSessions = defineWrite({
  ...common,
  method: 'delete',
  path: '/me/sessions',
  operationId: 'signOutEverywhere',
  summary: 'Sign out everywhere: all your sessions end, this one included; your tokens go on',
  permission: 'token.own',
  examples: {},
  handle: async (request) => {
    await revokeSessions(request.tx, request.principal.id, originOf(request));
    return { body: undefined, session: 'ended' };
  },
});

const putPassword = defineAction({
  ...common,
  method: 'put',
  path: '/me/password',
  operationId: 'setMyPassword',
  summary: 'Set your password: your other sessions end, and this one gets a new cookie',
  permission: 'token.own',
  errors: [
    'unfit-password',
    'current-password-missing',
    'current-password-wrong',
    'not-a-person',
    'session-needed',
    'sign-in-locked',
    'password-changed-meanwhile',
    'passwords-busy',
  ],
  body: z.strictObject({
    current: passwordText
      .optional()
      .describe('The present one, where there is one; not needed within 15 minutes after signing in by a link'),
    password: passwordText.describe(
      'At least 12 characters, without your name or e-mail address, no repetition, no row of neighbours',
    ),
  }),
  examples: { body: { current: 'four words that nobody guesses', password: 'other words that nobody guesses' } },
  handle: async (request) => {
    const changer = { ...request, sessionId: sessionNeeded(request.sessionId) };
    return { body: undefined, session: await changePassword(request.db, changer, request.body) };
  },
});

/** @throws AppError `forbidden` `session-needed`. */
function sessionNeeded(sessionId: string | undefined): string {
  if (sessionId !== undefined) return sessionId;
  throw new AppError('forbidden', 'session-needed', 'This is for whoever is signed in by a session, not by a token');
}
