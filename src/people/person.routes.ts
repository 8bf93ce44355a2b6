import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { setDisabled } from './identity.service.ts';
import { identityView, identityViewOf, peopleCursor, stateQuery } from './identity.view.ts';
import { listPersons, personById } from './people.queries.ts';
import { createPerson, updatePerson } from './person.service.ts';
import { newPersonSchema, type Person, personChangeSchema } from './person.ts';

/** Persons: who works with Muster, and what each may do. */
export const personRoutes = (): Route[] => [list, getOne, create, update, disable, enable];

const personView = z.object({
  ...identityView,
  email: z.string(),
  zone: z.string().nullable().describe('A name of the time zone database'),
});

const viewOf = (person: Person): z.input<typeof personView> => ({
  ...identityViewOf(person),
  email: person.email,
  zone: person.zone,
});

const replyOf = (person: Person) => ({ body: viewOf(person), version: person.version });

const BODY = {
  name: 'Duty technician',
  email: 'duty@example.org',
  zone: 'Asia/Shanghai',
  roles: ['operator'],
} satisfies z.input<typeof newPersonSchema>;

const EXAMPLE: z.input<typeof personView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  ...BODY,
  disabledAt: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/persons',
  operationId: 'listPersons',
  summary: 'Persons, in the order of their names',
  permission: 'people.read',
  query: pageQueryBy(peopleCursor).extend({
    state: stateQuery,
    teamId: z.uuid().optional().describe('Only the members of this team'),
    email: lineText(254).optional().describe('Only the person with this address'),
  }),
  response: pageSchema(personView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const rows = await listPersons(db, filter, { limit: limit + 1, after });
    const page = pageOf(rows, limit, (row) => [row.nameKey, row.id]);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/persons/{id}',
  operationId: 'getPerson',
  summary: 'One person, also a disabled one',
  permission: 'people.read',
  errors: ['no-such-person'],
  params: idParams,
  response: personView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await personById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/persons',
  operationId: 'createPerson',
  summary: 'Add a person',
  permission: 'people.write',
  errors: ['role-beyond-yours', 'principal-name-taken', 'email-taken'],
  status: 201,
  body: newPersonSchema,
  response: personView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const person = await createPerson(request.tx, request, request.body);
    return { ...replyOf(person), location: `/persons/${person.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-person', 'stale-person', 'principal-beyond-you', 'last-administrator'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/persons/{id}',
  operationId: 'updatePerson',
  summary: 'Change a person: what the body names replaces what was there',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'role-beyond-yours', 'principal-name-taken', 'email-taken'],
  ifMatch: true,
  params: idParams,
  body: personChangeSchema,
  response: personView,
  examples: { body: { zone: 'Europe/Berlin' }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updatePerson(request.tx, request, target, request.body));
  },
});

const disable = defineWrite({
  ...common,
  method: 'post',
  path: '/persons/{id}/disable',
  operationId: 'disablePerson',
  summary: 'Take everything away that a person may do; its tokens stop working within about a second',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-disabled'],
  ifMatch: true,
  params: idParams,
  response: personView,
  examples: { response: { ...EXAMPLE, version: 2, disabledAt: '2026-11-22T10:00:00Z' } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'person', target, true);
    return replyOf(await personById(request.tx, target.id));
  },
});

const enable = defineWrite({
  ...common,
  method: 'post',
  path: '/persons/{id}/enable',
  operationId: 'enablePerson',
  summary: 'Give a disabled person back what its roles allow',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-active'],
  ifMatch: true,
  params: idParams,
  response: personView,
  examples: { response: { ...EXAMPLE, version: 3 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'person', target, false);
    return replyOf(await personById(request.tx, target.id));
  },
});
