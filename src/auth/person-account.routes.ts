import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { endSessionsOf, linkForPerson, withdrawPassword } from './person-account.service.ts';

/** How an administrator lets a person in, and shuts them out. */
export const personAccountRoutes = (): Route[] => [postLink, deletePassword, deleteSessions];

// Whoever may make a token for somebody may as well sign in as them.
const common = { tag: 'people', permission: 'token.manage', params: idParams } as const;
const errors = ['no-such-person', 'more-than-yourself'] as const;

const postLink = defineWrite({
  ...common,
  method: 'post',
  path: '/persons/{id}/sign-in-links',
  operationId: 'createSignInLink',
  summary: 'Make a link that signs a person in once, within 15 minutes; shown in this answer and never again',
  errors: [...errors, 'principal-disabled'],
  status: 201,
  showsSecret: true,
  response: z.object({
    path: z.string().describe('Behind the address of this server: give them the whole line'),
    expiresAt: z.iso.datetime(),
  }),
  examples: {
    response: { path: `/sign-in?token=muster_link_${'x'.repeat(43)}`, expiresAt: '2026-11-22T09:45:00.000Z' },
  },
  handle: async (request) => {
    const { secret, expiresAt } = await linkForPerson(request.tx, request, request.params.id);
    return { body: { path: `/sign-in?token=${secret}`, expiresAt: expiresAt.toISOString() } };
  },
});

const deletePassword = defineWrite({
  ...common,
  method: 'delete',
  path: '/persons/{id}/password',
  operationId: 'withdrawPassword',
  summary: 'Take the password of a person away and end their sessions: only links sign them in from then on',
  errors,
  examples: {},
  handle: async (request) => {
    await withdrawPassword(request.tx, request, request.params.id);
    return { body: undefined };
  },
});

const deleteSessions = defineWrite({
  ...common,
  method: 'delete',
  path: '/persons/{id}/sessions',
  operationId: 'endSessionsOfPerson',
  summary: 'End all sessions of a person within about a second; their tokens go on',
  errors,
  examples: {},
  handle: async (request) => {
    await endSessionsOf(request.tx, request, request.params.id);
    return { body: undefined };
  },
});
