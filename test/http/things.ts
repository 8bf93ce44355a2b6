import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../src/http/page.ts';
import { idParams, queryBoolean, queryInteger } from '../../src/http/parameters.ts';
import { defineDocument, defineRead, defineWrite, type Route } from '../../src/http/route.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { newId } from '../../src/kernel/ids.ts';
import { lineText } from '../../src/kernel/text.ts';

/** A domain that exists in tests only: enough to see every kind of route at work on a real table. */
export const THING_TABLE = `CREATE TABLE thing (
  id uuid PRIMARY KEY, name text NOT NULL, amount integer NOT NULL, note jsonb,
  version integer NOT NULL DEFAULT 1)`;

const thingSchema = z.object({ id: z.uuid(), name: z.string(), amount: z.int(), version: z.int() });
type Thing = z.infer<typeof thingSchema>;

const EXAMPLE: Thing = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'pump', amount: 3, version: 1 };
const COLUMNS = 'id, name, amount, version';
const common = { tag: 'things', errors: ['no-such-thing'] } as const;
const newThing = z.strictObject({
  name: lineText(100).describe('What it is called'),
  amount: z.int().min(0).max(1_000_000).describe('How many'),
  note: z
    .record(z.string().max(50), z.union([z.string().max(100), z.int().min(0).max(9)]))
    .optional()
    .describe('Anything else'),
  lines: z
    .array(z.strictObject({ quantity: z.int().min(1).max(10) }))
    .max(5)
    .optional()
    .describe('Lines'),
});

const noSuchThing = () => new AppError('not-found', 'no-such-thing', 'There is no such thing');

const getThing = defineRead({
  ...common,
  path: '/things/{id}',
  operationId: 'getThing',
  summary: 'One thing',
  permission: 'service.read',
  params: idParams,
  response: thingSchema,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => {
    const [thing] = await db.rows<Thing>(`SELECT ${COLUMNS} FROM thing WHERE id = $1`, [params.id]);
    if (!thing) throw noSuchThing();
    return { body: thing, version: thing.version };
  },
});

const listThings = defineRead({
  ...common,
  path: '/things',
  operationId: 'listThings',
  summary: 'Things, oldest first',
  permission: 'service.read',
  query: pageQuery.extend({
    amountMin: queryInteger({ min: 0, max: 1_000_000 }).optional().describe('At least so many'),
    named: queryBoolean().optional().describe('Only with a name'),
  }),
  response: pageSchema(thingSchema),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const rows = await db.rows<Thing>(
      `SELECT ${COLUMNS} FROM thing WHERE ($1::uuid IS NULL OR id > $1) AND amount >= $2 ORDER BY id LIMIT $3`,
      [query.after ?? null, query.amountMin ?? 0, query.limit + 1],
    );
    return { body: pageOf(rows, query.limit, (thing) => thing.id) };
  },
});

const createThing = defineWrite({
  ...common,
  method: 'post',
  path: '/things',
  operationId: 'createThing',
  summary: 'Make a thing',
  permission: 'service.write',
  status: 201,
  body: newThing,
  response: thingSchema,
  examples: { body: { name: EXAMPLE.name, amount: EXAMPLE.amount }, response: EXAMPLE },
  handle: async ({ tx, body }) => {
    const id = newId();
    await tx.execute('INSERT INTO thing (id, name, amount, note) VALUES ($1, $2, $3, $4)', [
      id,
      body.name,
      body.amount,
      JSON.stringify(body.note ?? null),
    ]);
    return { body: { id, name: body.name, amount: body.amount, version: 1 }, version: 1, location: `/things/${id}` };
  },
});

const changeThing = defineWrite({
  ...common,
  method: 'patch',
  path: '/things/{id}',
  operationId: 'changeThing',
  summary: 'Change how many there are',
  permission: 'service.write',
  ifMatch: true,
  params: idParams,
  body: newThing.pick({ amount: true }),
  response: thingSchema,
  examples: { body: { amount: 4 }, response: { ...EXAMPLE, amount: 4, version: 2 } },
  handle: async ({ tx, params, body, expectedVersion }) => {
    const [thing] = await tx.rows<Thing>(
      `UPDATE thing SET amount = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING ${COLUMNS}`,
      [params.id, expectedVersion, body.amount],
    );
    if (!thing) throw new AppError('stale', 'stale-thing', 'The thing has changed: read it again');
    return { body: thing, version: thing.version };
  },
});

const deleteThing = defineWrite({
  ...common,
  method: 'delete',
  path: '/things/{id}',
  operationId: 'deleteThing',
  summary: 'Throw a thing away',
  permission: 'service.write',
  params: idParams,
  examples: {},
  handle: async ({ tx, params }) => {
    if ((await tx.execute('DELETE FROM thing WHERE id = $1', [params.id])) === 0) throw noSuchThing();
    return { body: undefined };
  },
});

const revealThing = defineWrite({
  ...common,
  method: 'post',
  path: '/things/{id}/reveal',
  operationId: 'revealThing',
  summary: 'Show what nobody may see twice',
  permission: 'service.write',
  showsSecret: true,
  params: idParams,
  response: z.object({ shown: z.string() }),
  examples: { response: { shown: 'x' } },
  handle: async ({ tx, params }) => {
    await tx.execute('UPDATE thing SET amount = amount + 1 WHERE id = $1', [params.id]);
    return { body: { shown: 'open sesame' } };
  },
});

const thingReport = defineDocument({
  ...common,
  path: '/things/report',
  operationId: 'reportThings',
  summary: 'Things as a page',
  permission: 'service.read',
  contentTypes: ['text/html'],
  handle: async () => ({
    contentType: 'text/html; charset=utf-8',
    content: '<!doctype html><title>things</title>',
    fileName: 'Ding "1".html',
  }),
});

/** Takes its time: in JavaScript, or inside the database. */
const slowThing = defineWrite({
  ...common,
  method: 'post',
  path: '/things/slow',
  operationId: 'slowThing',
  summary: 'Make a thing, slowly',
  permission: 'service.write',
  body: z.strictObject({
    where: z.enum(['database', 'code']).describe('What is slow'),
    seconds: z.number().min(0).max(99),
  }),
  examples: { body: { where: 'code', seconds: 0 } },
  handle: async ({ tx, body }) => {
    await tx.execute('INSERT INTO thing (id, name, amount) VALUES ($1, $2, 1)', [newId(), `slow in ${body.where}`]);
    if (body.where === 'database') await tx.rows('SELECT pg_sleep($1)', [body.seconds]);
    else await delay(body.seconds * 1000);
    return { body: undefined };
  },
});

const brokenThing = defineRead({
  ...common,
  path: '/things/broken',
  operationId: 'breakThing',
  summary: 'A handler with a bug',
  permission: 'service.read',
  query: z.strictObject({ how: z.enum(['throws', 'answers', 'leaks']) }),
  response: z.object({ amount: z.int() }),
  examples: { response: { amount: 1 } },
  handle: async ({ query }) => {
    if (query.how === 'throws') throw new Error('the password is swordfish');
    if (query.how === 'answers') return { body: { amount: 1.5 } };
    const leaking = { amount: 1, secretNote: 'not in the schema' };
    return { body: leaking };
  },
});

export const thingRoutes: readonly Route[] = [
  getThing,
  listThings,
  createThing,
  changeThing,
  deleteThing,
  revealThing,
  thingReport,
  slowThing,
  brokenThing,
];
