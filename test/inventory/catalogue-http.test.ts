import supertest from 'supertest';
import { expect, test } from 'vitest';
import type { KnownParams } from '../http/bad-input.cases.ts';
import { sendBadInput } from '../http/bad-input.ts';
import { routeViolations } from '../http/route-rules.ts';
import { makeCaller } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { catalogueRoutes, useCatalogue } from './catalogue-app.ts';

const database = useDatabase();
const catalogue = useCatalogue(database);

test('every route of the catalogue keeps the house rules', () => {
  expect(routeViolations(catalogueRoutes())).toEqual([]);
});

test('bad input at every route is refused with a problem that names the field', async () => {
  const part = await catalogue.part();
  const deviceModel = await catalogue.deviceModel();
  const fit = await catalogue.made(`/parts/${part.id}/fits`, { deviceModelId: deviceModel.id, rank: 1 });
  const known: Record<string, KnownParams> = {
    '/locations': { id: (await catalogue.location()).id },
    '/part-categories': { id: (await catalogue.category()).id },
    '/parts': { id: part.id, fitId: fit.id },
    '/device-models': { id: deviceModel.id },
  };
  const { app, admin } = catalogue.server;
  const powerless = await makeCaller(database.db, 'powerless', []);
  const failures: string[] = [];
  for (const [group, routes] of Map.groupBy(catalogueRoutes(), (route) => `/${route.path.split('/')[1]}`)) {
    const ids = { allowed: admin.bearer, powerless: powerless.bearer };
    failures.push(...(await sendBadInput(app, routes, ids, known[group])).failures);
  }
  expect(failures).toEqual([]);
}, 120_000);

test('reading and writing are permissions of their own', async () => {
  const viewer = await makeCaller(database.db, 'viewer', ['viewer']);
  const { app } = catalogue.server;
  for (const path of ['/locations', '/part-categories', '/parts', '/device-models']) {
    const as = (method: 'get' | 'post') => supertest(app)[method](`/api/v1${path}`).set('Authorization', viewer.bearer);
    expect((await as('get')).status).toBe(200);
    expect((await as('post').send({})).status).toBe(403);
    expect((await supertest(app).get(`/api/v1${path}`)).status).toBe(401);
  }
});
