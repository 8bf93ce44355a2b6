import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { defineRead } from '../../src/http/route.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { sendBadInput } from './bad-input.ts';
import { type Caller, makeCaller, useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const routes = [...authRoutes(), ...thingRoutes.filter((route) => !/slow|broken/.test(route.path))];
const database = useDatabase();
const server = useApp(database, () => ({ routes }));
let nobody: Caller;

beforeAll(async () => {
  await runAs(database.owner, THING_TABLE);
  nobody = await makeCaller(database.db, 'nobody', []);
});

const callers = () => ({ allowed: server.admin.bearer, powerless: nobody.bearer });

describe('bad input', () => {
  it('is refused at every route with a problem that names the field, never with a 5xx or a hang', async () => {
    const run = await sendBadInput(server.app, routes, callers());
    expect(run.failures).toEqual([]);
    expect(run.sent).toBeGreaterThan(500);
  });

  it('would be seen by this test if a route let it through to the database', async () => {
    const careless = defineRead({
      path: '/careless',
      operationId: 'beCareless',
      tag: 'things',
      summary: 'Believes what it is told',
      permission: 'service.read',
      query: z.strictObject({ number: z.string().max(100) }),
      response: z.object({ number: z.number() }),
      examples: { response: { number: 1 } },
      handle: async ({ db, query }) => {
        const [row] = await db.rows<{ number: number }>('SELECT $1::integer AS number', [query.number]);
        return { body: row ?? { number: 0 } };
      },
    });
    const run = await sendBadInput(server.variant({ routes: [careless] }), [careless], callers());
    expect(run.failures.length).toBeGreaterThan(0);
  });
});
