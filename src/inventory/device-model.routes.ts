import { z } from 'zod';
import { containing, countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
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
import { lineText } from '../kernel/text.ts';
import { DEVICE_MODEL_LIST, deviceModelById, listDeviceModels } from './device-model.queries.ts';
import { createDeviceModel, retireDeviceModel, updateDeviceModel } from './device-model.service.ts';
import { type DeviceModel, deviceModelChangeSchema, newDeviceModelSchema } from './device-model.ts';
import { statesOf } from './state-filter.ts';

/** The models of devices that can fail. */
export const deviceModelRoutes = (): Route[] => [list, getOne, create, update, retire];

const deviceModelView = z.object({
  id: z.uuid(),
  manufacturer: z.string(),
  model: z.string(),
  ...lifecycleView,
});

const viewOf = (deviceModel: DeviceModel): z.input<typeof deviceModelView> => ({
  ...deviceModel,
  ...viewOfLifecycle(deviceModel),
});

const replyOf = (deviceModel: DeviceModel) => ({ body: viewOf(deviceModel), version: deviceModel.version });

const BODY = { manufacturer: 'Sample Co', model: 'Server 2U gen 4' };
const EXAMPLE = { ...BODY, id: '019aab2c-9a10-7c3e-9d52-6f1b0a4e8c11', ...LIFECYCLE_EXAMPLE };

const common = { tag: 'device-models' } as const;

const list = defineRead({
  ...common,
  path: '/device-models',
  operationId: 'listDeviceModels',
  summary: 'Models of devices, by their name or by their manufacturer',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(DEVICE_MODEL_LIST, 'model').extend({
    manufacturer: lineText(80).optional().describe('Only those of this manufacturer, whatever the case'),
    state: stateFilter,
    q: lineText(100).optional().describe('Only those whose manufacturer or model has this text in it'),
  }),
  response: listPageSchema(deviceModelView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { manufacturer, state, q, total, ...page } = query;
    const request = listRequest(page, { manufacturer, ...statesOf(state), q: q && containing(q) });
    const { items, next } = listPageOf(await listDeviceModels(db, request), query.limit);
    return {
      body: {
        items: items.map(({ deviceModel }) => viewOf(deviceModel)),
        next,
        total: total ? await countRows(db, DEVICE_MODEL_LIST, request) : null,
      },
    };
  },
});

const getOne = defineRead({
  ...common,
  path: '/device-models/{id}',
  operationId: 'getDeviceModel',
  summary: 'One model of device, also a retired one',
  permission: 'inventory.read',
  errors: ['no-such-device-model'],
  params: idParams,
  response: deviceModelView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await deviceModelById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/device-models',
  operationId: 'createDeviceModel',
  summary: 'Add a model of device',
  permission: 'inventory.write',
  errors: ['device-model-taken'],
  status: 201,
  body: newDeviceModelSchema,
  response: deviceModelView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const deviceModel = await createDeviceModel(request.tx, request, request.body);
    return { ...replyOf(deviceModel), location: `/device-models/${deviceModel.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-device-model', 'stale-device-model', 'device-model-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/device-models/{id}',
  operationId: 'updateDeviceModel',
  summary: 'Change how a model of device is called',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'device-model-taken'],
  ifMatch: true,
  params: idParams,
  body: deviceModelChangeSchema,
  response: deviceModelView,
  examples: { body: { model: 'Server 2U G4' }, response: { ...EXAMPLE, model: 'Server 2U G4', version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateDeviceModel(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/device-models/{id}/retire',
  operationId: 'retireDeviceModel',
  summary: 'Take a model of device out of use for good; what serves for it is still known',
  permission: 'inventory.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: deviceModelView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireDeviceModel(request.tx, request, target, request.body.reason));
  },
});
