import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { wallInWords } from '../kernel/wall-time.ts';
import { type OnCallSegment, onCallBetween } from './on-call.ts';
import { gapsBetween } from './on-call-gap.queries.ts';
import { gapInWords } from './on-call-gap.ts';
import { instantSchema } from './profile.ts';
import { namesOf, overridesOf, planOf, rotaById } from './rota.queries.ts';
import { addOverride, cancelOverride } from './rota.service.ts';
import { newOverrideSchema, type RotaOverride } from './rota.ts';

/** Who is on call by a rota, and what was entered against its plan. */
export const onCallRoutes = (): Route[] => [onCall, gaps, listOverrides, override, cancel];

const DAY_MS = 86_400_000;
const DAYS_MAX = 92;
const DAYS_DEFAULT = 14;

const person = z.object({ id: z.uuid(), name: z.string() });

const segmentView = z.object({
  person: person.nullable().describe('Null: nobody is on call'),
  from: z.iso.datetime(),
  until: z.iso.datetime().describe('Not included'),
  fromLocal: z.string().describe('By the wall clock of the rota'),
  layer: z.int().nullable().describe('The layer that says so, 1 for the first'),
  overrideId: z.uuid().nullable().describe('The override that says so'),
});

const onCallView = z.object({ zone: z.string(), segments: z.array(segmentView) });

const PERSON = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Duty technician' };

const common = { tag: 'people' } as const;

const spanQuery = z
  .strictObject({
    from: instantSchema.optional().describe('The beginning of the span: now, unless it is stated'),
    until: instantSchema
      .optional()
      .describe(`Not included: ${DAYS_DEFAULT} days later unless stated together with from, ${DAYS_MAX} at most`),
  })
  .refine(
    ({ from, until }) => {
      if (until === undefined) return true;
      const lengthMs = from === undefined ? 0 : until.epochMilliseconds - from.epochMilliseconds;
      return lengthMs > 0 && lengthMs <= DAYS_MAX * DAY_MS;
    },
    { message: `must come with from and lie after it, by at most ${DAYS_MAX} days`, path: ['until'] },
  );

/** The span that a query states, or what stands for it. */
async function spanOf(db: Queryable, { from, until }: z.output<typeof spanQuery>): Promise<[number, number]> {
  const fromMs = from?.epochMilliseconds ?? (await databaseNowMs(db));
  return [fromMs, until?.epochMilliseconds ?? fromMs + DAYS_DEFAULT * DAY_MS];
}

const onCall = defineRead({
  ...common,
  path: '/on-call-rotas/{id}/on-call',
  operationId: 'getOnCall',
  summary: 'Who is on call by a rota in a span, segment by segment; where nobody is, a segment says so',
  permission: 'people.read',
  errors: ['no-such-on-call-rota'],
  params: idParams,
  query: spanQuery,
  response: onCallView,
  examples: {
    response: {
      zone: 'Asia/Shanghai',
      segments: [
        {
          person: PERSON,
          from: '2026-12-07T01:00:00Z',
          until: '2026-12-14T01:00:00Z',
          fromLocal: 'Mon 2026-12-07 09:00',
          layer: 1,
          overrideId: null,
        },
      ],
    },
  },
  handle: async ({ db, params, query }) => {
    const rota = await rotaById(db, params.id);
    const span = await spanOf(db, query);
    const segments = onCallBetween(await planOf(db, rota, ...span), ...span);
    return { body: { zone: rota.zone, segments: await viewsOf(db, segments, rota.zone) }, version: rota.version };
  },
});

async function viewsOf(db: Queryable, segments: readonly OnCallSegment[], zone: string) {
  const names = await namesOf(db, [...new Set(segments.flatMap(({ personId }) => personId ?? []))]);
  return segments.map(({ personId, fromMs, untilMs, layer, overrideId }) => ({
    person: personId === null ? null : { id: personId, name: names.get(personId) ?? '' },
    from: instantOfMs(fromMs),
    until: instantOfMs(untilMs),
    fromLocal: wallInWords(fromMs, zone),
    layer: layer === null ? null : layer + 1,
    overrideId,
  }));
}

const gapView = z.object({
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  person: person.nullable().describe('Who would be on call; null: nobody'),
  because: z.string(),
  sentence: z.string().describe('With local times'),
});

const gaps = defineRead({
  ...common,
  path: '/on-call-rotas/{id}/gap-report',
  operationId: 'getOnCallGapReport',
  summary: 'Where a rota has nobody on call in a span, or somebody who does not count by then or cannot be reached',
  permission: 'people.read',
  errors: ['no-such-on-call-rota'],
  params: idParams,
  query: spanQuery,
  response: z.object({ zone: z.string(), gaps: z.array(gapView) }),
  examples: {
    response: {
      zone: 'Asia/Shanghai',
      gaps: [
        {
          from: '2026-12-04T16:00:00Z',
          until: '2026-12-05T16:00:00Z',
          person: null,
          because: 'nobody',
          sentence: 'Nobody with database is on call from Sat 2026-12-05 00:00 to Sun 2026-12-06 00:00, Asia/Shanghai',
        },
      ],
    },
  },
  handle: async ({ db, params, query }) => {
    const rota = await rotaById(db, params.id);
    const span = await spanOf(db, query);
    const views = (await gapsBetween(db, rota, ...span)).map((gap) => ({
      from: instantOfMs(gap.fromMs),
      until: instantOfMs(gap.untilMs),
      person: gap.person,
      because: gap.why,
      sentence: gapInWords(gap, rota.field?.name ?? null, rota.zone),
    }));
    return { body: { zone: rota.zone, gaps: views }, version: rota.version };
  },
});

const instantOfMs = (ms: number) => new Date(ms).toISOString();

const overrideView = z.object({
  id: z.uuid(),
  kind: z.enum(['take over', 'remove']),
  personId: z.uuid(),
  personName: z.string(),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  reason: z.string(),
  cancelledAt: z.iso.datetime().nullable(),
});

const viewOf = ({ from, until, cancelledAt, ...rest }: RotaOverride): z.input<typeof overrideView> => ({
  ...rest,
  from: from.toString(),
  until: until.toString(),
  cancelledAt: cancelledAt?.toString() ?? null,
});

const BODY = {
  kind: 'take over' as const,
  personId: PERSON.id,
  from: '2026-12-12T01:00:00Z',
  until: '2026-12-13T01:00:00Z',
  reason: 'Swapped with a colleague',
};

const EXAMPLE: z.input<typeof overrideView> = {
  ...BODY,
  id: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
  personName: PERSON.name,
  cancelledAt: null,
};

const listOverrides = defineRead({
  ...common,
  path: '/on-call-rotas/{id}/overrides',
  operationId: 'listOnCallOverrides',
  summary: 'Overrides of a rota in the order in which they were entered, those that were cancelled too',
  permission: 'people.read',
  errors: ['no-such-on-call-rota'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(overrideView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query: { limit, after } }) => {
    const { version } = await rotaById(db, params.id);
    const page = pageOf(await overridesOf(db, params.id, { after, limit: limit + 1 }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOf), next: page.next }, version };
  },
});

const CHANGE_ERRORS = ['no-such-on-call-rota', 'stale-on-call-rota', 'on-call-rota-retired'] as const;

const override = defineWrite({
  ...common,
  method: 'post',
  path: '/on-call-rotas/{id}/overrides',
  operationId: 'addOnCallOverride',
  summary: 'Let a person take over, or take one off, for a span; where overrides overlap, the later entered wins',
  permission: 'people.operate',
  errors: [...CHANGE_ERRORS, 'unsuitable-rota'],
  status: 201,
  ifMatch: true,
  params: idParams,
  body: newOverrideSchema,
  response: overrideView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const made = await addOverride(request.tx, request, target, request.body);
    return { body: viewOf(made), version: request.expectedVersion + 1 };
  },
});

const cancel = defineWrite({
  ...common,
  method: 'post',
  path: '/on-call-rotas/{id}/overrides/{overrideId}/cancel',
  operationId: 'cancelOnCallOverride',
  summary: 'Cancel an override: the rota is as if it had not been entered; If-Match names the version of the rota',
  permission: 'people.operate',
  errors: [...CHANGE_ERRORS, 'no-such-on-call-override', 'on-call-override-cancelled'],
  ifMatch: true,
  params: idParams.extend({ overrideId: z.uuid().describe('The id of the override') }),
  response: overrideView,
  examples: { response: { ...EXAMPLE, cancelledAt: '2026-12-01T09:30:00Z' } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const cancelled = await cancelOverride(request.tx, request, target, request.params.overrideId);
    return { body: viewOf(cancelled), version: request.expectedVersion + 1 };
  },
});
