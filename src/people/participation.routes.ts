import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { participationsOf } from './participation.queries.ts';
import { correctParticipation, recordParticipation } from './participation.service.ts';
import { correctionSchema, PARTICIPATION_KINDS, type Participation, participationSchema } from './participation.ts';
import { personById } from './people.queries.ts';

/** Who took part in which training, drill or exercise. */
export const participationRoutes = (): Route[] => [list, record, correct];

const participationView = z.object({
  id: z.uuid(),
  personId: z.uuid(),
  kind: z.enum(PARTICIPATION_KINDS),
  tookPlaceAt: z.iso.datetime(),
  validUntil: z.iso.datetime().nullable(),
  field: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  drillRunId: z.uuid().nullable(),
  note: z.string(),
  isWithdrawn: z.boolean().describe('It says that the record which it corrects did not take place'),
  corrects: z.object({ id: z.uuid(), reason: z.string() }).nullable().describe('In whose place it is, and why'),
  correctedById: z.uuid().nullable().describe('The record that has taken its place: it counts no more'),
  recordedAt: z.iso.datetime(),
});

const viewOf = ({
  tookPlaceAt,
  validUntil,
  recordedAt,
  ...rest
}: Participation): z.input<typeof participationView> => ({
  ...rest,
  tookPlaceAt: tookPlaceAt.toString(),
  validUntil: validUntil?.toString() ?? null,
  recordedAt: recordedAt.toString(),
});

const FIELD_ID = '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11';

const BODY = {
  kind: 'training',
  tookPlaceAt: '2026-11-20T01:00:00Z',
  validUntil: '2027-11-20T01:00:00Z',
  fieldId: FIELD_ID,
  note: 'Restoring the order database',
} as const;

const { fieldId: _, ...SAME } = BODY;
const EXAMPLE: z.input<typeof participationView> = {
  ...SAME,
  id: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
  personId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  field: { id: FIELD_ID, name: 'database' },
  drillRunId: null,
  isWithdrawn: false,
  corrects: null,
  correctedById: null,
  recordedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/persons/{id}/participations',
  operationId: 'listParticipations',
  summary: 'What a person took part in, in the order in which it was recorded',
  permission: 'people.read',
  errors: ['no-such-person'],
  params: idParams,
  query: pageQuery.extend({
    standing: z.enum(['current', 'all']).default('current').describe('Only what counts, or what was corrected too'),
  }),
  response: pageSchema(participationView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query: { limit, after, standing } }) => {
    await personById(db, params.id);
    const rows = await participationsOf(db, params.id, { standing, after, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const WRITE_ERRORS = ['no-such-field-or-run', 'participation-in-future'] as const;

const record = defineWrite({
  ...common,
  method: 'post',
  path: '/persons/{id}/participations',
  operationId: 'recordParticipation',
  summary: 'Record that a person took part in a training, a drill or an exercise, and how long it counts',
  permission: 'people.operate',
  errors: ['no-such-person', ...WRITE_ERRORS],
  status: 201,
  params: idParams,
  body: participationSchema,
  response: participationView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => ({
    body: viewOf(await recordParticipation(request.tx, request, request.params.id, request.body)),
  }),
});

const correct = defineWrite({
  ...common,
  method: 'post',
  path: '/participations/{id}/correct',
  operationId: 'correctParticipation',
  summary: 'Put another record in the place of one that was wrong, or withdraw it; both stay readable',
  permission: 'people.write',
  errors: ['no-such-participation', 'participation-corrected', ...WRITE_ERRORS],
  status: 201,
  params: idParams,
  body: correctionSchema,
  response: participationView,
  examples: {
    body: { reason: 'Was on leave that day', record: null },
    response: { ...EXAMPLE, isWithdrawn: true, corrects: { id: EXAMPLE.id, reason: 'Was on leave that day' } },
  },
  handle: async (request) => ({
    body: viewOf(await correctParticipation(request.tx, request, request.params.id, request.body)),
  }),
});
