import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import {
  LIFECYCLE_EXAMPLE,
  lifecycleView,
  RETIRED_EXAMPLE,
  retireBody,
  stateFilter,
  viewOfLifecycle,
} from '../kernel/retirement.ts';
import { timeOfDay, viewOfWeeklyWindow, windowView } from '../kernel/weekly-window.ts';
import { ROTATION_UNITS } from './on-call.ts';
import { listRotas, rotaById } from './rota.queries.ts';
import { createRota, retireRota, updateRota } from './rota.service.ts';
import { newRotaSchema, type Rota, rotaChangeSchema } from './rota.ts';

/** On-call rotas: who takes turns, and when. */
export const rotaRoutes = (): Route[] => [list, getOne, create, update, retire];

const layerView = z.object({
  participants: z.array(z.uuid()),
  rotation: z.object({ unit: z.enum(ROTATION_UNITS), length: z.int() }),
  startsOn: z.iso.date(),
  handoverAt: z.string(),
  windows: z.array(z.object(windowView)),
});

const rotaView = z.object({
  id: z.uuid(),
  name: z.string(),
  ...lifecycleView,
  zone: z.string(),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  serviceId: z.uuid().nullable(),
  field: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  layers: z.array(layerView),
});

function viewOf(rota: Rota): z.input<typeof rotaView> {
  const { id, name, zone, owner, serviceId, field, layers } = rota;
  return { id, name, ...viewOfLifecycle(rota), zone, owner, serviceId, field, layers: layers.map(viewOfLayer) };
}

function viewOfLayer({ participants, rotation, startsAtWallMs, windows }: Rota['layers'][number]) {
  return {
    participants: [...participants],
    rotation,
    startsOn: new Date(startsAtWallMs).toISOString().slice(0, 10),
    handoverAt: timeOfDay((startsAtWallMs / 60_000) % 1440),
    windows: windows.map(viewOfWeeklyWindow),
  };
}

const replyOf = (rota: Rota) => ({ body: viewOf(rota), version: rota.version });

const BODY = {
  name: 'Databases at night',
  zone: 'Asia/Shanghai',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  fieldId: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c12',
  layers: [
    {
      participants: ['019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12'],
      rotation: { unit: 'weeks' as const, length: 1 },
      startsOn: '2026-12-07',
      handoverAt: '09:00',
      windows: [{ fromWeekday: 'friday' as const, from: '18:00', untilWeekday: 'monday' as const, until: '09:00' }],
    },
  ],
};

const EXAMPLE: z.input<typeof rotaView> = {
  id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11',
  ...LIFECYCLE_EXAMPLE,
  name: BODY.name,
  zone: BODY.zone,
  owner: { id: BODY.ownerId, kind: 'team', name: 'Database operations' },
  serviceId: null,
  field: { id: BODY.fieldId, name: 'database' },
  layers: BODY.layers,
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/on-call-rotas',
  operationId: 'listOnCallRotas',
  summary: 'On-call rotas, in the order of their names',
  permission: 'people.read',
  query: pageQueryBy(z.string().max(240)).extend({ state: stateFilter }),
  response: pageSchema(rotaView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listRotas(db, state, { limit: limit + 1, after }), limit, (row) => row.nameKey);
    return { body: { items: page.items.map(({ rota }) => viewOf(rota)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/on-call-rotas/{id}',
  operationId: 'getOnCallRota',
  summary: 'One on-call rota, also a retired one',
  permission: 'people.read',
  errors: ['no-such-on-call-rota'],
  params: idParams,
  response: rotaView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await rotaById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/on-call-rotas',
  operationId: 'createOnCallRota',
  summary: 'Add an on-call rota: layers of persons who take turns by the wall clock of a zone',
  permission: 'people.write',
  errors: ['on-call-rota-name-taken', 'unsuitable-owner', 'unsuitable-rota'],
  status: 201,
  body: newRotaSchema,
  response: rotaView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const rota = await createRota(request.tx, request, request.body);
    return { ...replyOf(rota), location: `/on-call-rotas/${rota.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-on-call-rota', 'stale-on-call-rota', 'on-call-rota-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/on-call-rotas/{id}',
  operationId: 'updateOnCallRota',
  summary: 'Change an on-call rota: what the body names replaces what was there, the layers as a whole',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'on-call-rota-name-taken', 'unsuitable-owner', 'unsuitable-rota'],
  ifMatch: true,
  params: idParams,
  body: rotaChangeSchema,
  response: rotaView,
  examples: { body: { zone: 'Europe/Berlin' }, response: { ...EXAMPLE, zone: 'Europe/Berlin', version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateRota(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/on-call-rotas/{id}/retire',
  operationId: 'retireOnCallRota',
  summary: 'Take an on-call rota out of use for good; it stays readable',
  permission: 'people.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: rotaView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireRota(request.tx, request, target, request.body.reason));
  },
});
