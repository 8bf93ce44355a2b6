import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import type { IdentityApi, IdentityTypes } from './identity.api.ts';
import { setDisabled } from './identity.service.ts';
import type { PeoplePage } from './people.queries.ts';
import { personApi } from './person.api.ts';
import { serviceAccountApi } from './service-account.api.ts';
import { teamApi } from './team.api.ts';

/** Persons, teams and service accounts: who works with Muster, and what each may do. */
export const peopleRoutes = (): Route[] => [
  ...routesOf(personApi),
  ...routesOf(teamApi),
  ...routesOf(serviceAccountApi),
];

/** The routes that every kind has. */
function routesOf<Of extends IdentityTypes>(api: IdentityApi<Of>): Route[] {
  return [listRoute(api), readRoute(api), createRoute(api), updateRoute(api), disableRoute(api), enableRoute(api)];
}

const common = { tag: 'people' } as const;

function listRoute<Of extends IdentityTypes>(api: IdentityApi<Of>): Route {
  const { noun, operationNoun, view, examples } = api;
  return defineRead({
    ...common,
    path: api.path,
    operationId: `list${operationNoun}s`,
    summary: `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s, in the order of their names`,
    permission: 'people.read',
    query: listQuery(api),
    response: pageSchema(view),
    examples: { response: { items: [examples.view], next: null } },
    handle: async ({ db, query }) => {
      const rows = await api.list(db, query, { limit: query.limit + 1, after: query.after });
      const page = pageOf(rows, query.limit, (row) => [row.nameKey, row.id]);
      return { body: { items: page.items.map(api.viewOf), next: page.next } };
    },
  });
}

/** What a list is ordered by: the name in lower case, then the id. */
const cursor = z.tuple([z.string().max(400), z.uuid()]);

function listQuery<Of extends IdentityTypes>({ filters }: IdentityApi<Of>) {
  // Sound: this is what `extend` gives; for a shape that is a type parameter the compiler cannot work it out.
  return pageQueryBy(cursor).extend(filters) as unknown as z.ZodType<PeoplePage & Of['filter']>;
}

function readRoute<Of extends IdentityTypes>(api: IdentityApi<Of>): Route {
  const { kind, noun, operationNoun, view, examples } = api;
  return defineRead({
    ...common,
    path: `${api.path}/{id}`,
    operationId: `get${operationNoun}`,
    summary: `One ${noun}, also a disabled one`,
    permission: 'people.read',
    errors: [`no-such-${kind}`],
    params: idParams,
    response: view,
    examples: { response: examples.view },
    handle: async ({ db, params }) => replyOf(api, await api.byId(db, params.id)),
  });
}

function createRoute<Of extends IdentityTypes>(api: IdentityApi<Of>): Route {
  const { noun, operationNoun, view, examples } = api;
  return defineWrite({
    ...common,
    method: 'post',
    path: api.path,
    operationId: `create${operationNoun}`,
    summary: `Add a ${noun}`,
    permission: 'people.write',
    errors: ['role-beyond-yours', 'principal-name-taken', ...api.ownErrors],
    status: 201,
    body: api.newSchema,
    response: view,
    examples: { body: examples.new, response: examples.view },
    handle: async (request) => {
      const made = await api.create(request.tx, request, request.body);
      return { ...replyOf(api, made), location: `${api.path}/${made.id}` };
    },
  });
}

function updateRoute<Of extends IdentityTypes>(api: IdentityApi<Of>): Route {
  const { kind, noun, operationNoun, view, examples } = api;
  return defineWrite({
    ...common,
    method: 'patch',
    path: `${api.path}/{id}`,
    operationId: `update${operationNoun}`,
    summary: `Change a ${noun}: what the body names replaces what was there`,
    permission: 'people.write',
    errors: [...changeErrors(kind), 'role-beyond-yours', 'principal-name-taken', ...api.ownErrors],
    ifMatch: true,
    params: idParams,
    body: api.changeSchema,
    response: view,
    examples: { body: examples.change, response: { ...examples.view, version: 2 } },
    handle: async (request) => {
      const target = { id: request.params.id, expectedVersion: request.expectedVersion };
      return replyOf(api, await api.update(request.tx, request, target, request.body));
    },
  });
}

const disableRoute = <Of extends IdentityTypes>(api: IdentityApi<Of>): Route =>
  switchRoute(api, {
    verb: 'disable',
    summary: `Take everything away that a ${api.noun} may do; its tokens stop working within about a second`,
    disabled: true,
    error: 'already-disabled',
    example: { ...api.examples.view, version: 2, disabledAt: '2026-11-22T10:00:00Z' },
  });

const enableRoute = <Of extends IdentityTypes>(api: IdentityApi<Of>): Route =>
  switchRoute(api, {
    verb: 'enable',
    summary: `Give a disabled ${api.noun} back what its roles allow`,
    disabled: false,
    error: 'already-active',
    example: { ...api.examples.view, version: 3 },
  });

interface Switch<View> {
  readonly verb: 'disable' | 'enable';
  readonly summary: string;
  readonly disabled: boolean;
  readonly error: string;
  readonly example: View;
}

function switchRoute<Of extends IdentityTypes>(
  api: IdentityApi<Of>,
  { verb, summary, disabled, error, example }: Switch<Of['view']>,
): Route {
  return defineWrite({
    ...common,
    method: 'post',
    path: `${api.path}/{id}/${verb}`,
    operationId: `${verb}${api.operationNoun}`,
    summary,
    permission: 'people.write',
    errors: [...changeErrors(api.kind), error],
    ifMatch: true,
    params: idParams,
    response: api.view,
    examples: { response: example },
    handle: async (request) => {
      const target = { id: request.params.id, expectedVersion: request.expectedVersion };
      await setDisabled(request.tx, request, api.kind, target, disabled);
      return replyOf(api, await api.byId(request.tx, target.id));
    },
  });
}

const changeErrors = (kind: string) => [
  `no-such-${kind}`,
  `stale-${kind}`,
  'principal-beyond-you',
  'last-administrator',
];

function replyOf<Of extends IdentityTypes>(api: IdentityApi<Of>, item: Of['item']) {
  return { body: api.viewOf(item), version: item.version };
}
