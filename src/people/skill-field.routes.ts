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
import { listSkillFields, skillFieldById } from './skill-field.queries.ts';
import { createSkillField, retireSkillField, updateSkillField } from './skill-field.service.ts';
import { newSkillFieldSchema, type SkillField, skillFieldChangeSchema } from './skill-field.ts';

/** The catalogue of skills: the fields that persons can be skilled in. */
export const skillFieldRoutes = (): Route[] => [list, getOne, create, update, retire];

const fieldView = z.object({ id: z.uuid(), name: z.string(), ...lifecycleView, note: z.string() });

const viewOf = (field: SkillField): z.input<typeof fieldView> => ({
  id: field.id,
  name: field.name,
  ...viewOfLifecycle(field),
  note: field.note,
});

const replyOf = (field: SkillField) => ({ body: viewOf(field), version: field.version });

const EXAMPLE: z.input<typeof fieldView> = {
  id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11',
  ...LIFECYCLE_EXAMPLE,
  name: 'database',
  note: 'Installs, restores and tunes the databases that we run',
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/skill-fields',
  operationId: 'listSkillFields',
  summary: 'Fields of skills, in the order of their names',
  permission: 'people.read',
  query: pageQueryBy(z.string().max(200)).extend({ state: stateFilter }),
  response: pageSchema(fieldView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listSkillFields(db, state, { limit: limit + 1, after }), limit, (row) => row.nameKey);
    return { body: { items: page.items.map(({ field }) => viewOf(field)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/skill-fields/{id}',
  operationId: 'getSkillField',
  summary: 'One field of skills, also a retired one',
  permission: 'people.read',
  errors: ['no-such-skill-field'],
  params: idParams,
  response: fieldView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await skillFieldById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/skill-fields',
  operationId: 'createSkillField',
  summary: 'Add a field of skills; services require it by its name',
  permission: 'people.write',
  errors: ['skill-field-name-taken'],
  status: 201,
  body: newSkillFieldSchema,
  response: fieldView,
  examples: { body: { name: EXAMPLE.name, note: EXAMPLE.note }, response: EXAMPLE },
  handle: async (request) => {
    const field = await createSkillField(request.tx, request, request.body);
    return { ...replyOf(field), location: `/skill-fields/${field.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-skill-field', 'stale-skill-field', 'skill-field-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/skill-fields/{id}',
  operationId: 'updateSkillField',
  summary: 'Change a field of skills: what the body names replaces what was there',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'skill-field-name-taken'],
  ifMatch: true,
  params: idParams,
  body: skillFieldChangeSchema,
  response: fieldView,
  examples: { body: { name: 'databases' }, response: { ...EXAMPLE, name: 'databases', version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateSkillField(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/skill-fields/{id}/retire',
  operationId: 'retireSkillField',
  summary: 'Take a field of skills out of use for good; it stays readable',
  permission: 'people.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: fieldView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireSkillField(request.tx, request, target, request.body.reason));
  },
});
