import supertest from 'supertest';
import { expect, test } from 'vitest';
import { routeViolations } from '../http/route-rules.ts';
import { makeCaller } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { catalogueRoutes, useCatalogue } from './catalogue-app.ts';

const database = useDatabase();
const catalogue = useCatalogue(database);

test('every route of the catalogue keeps the house rules', () => {
  expect(routeViolations(catalogueRoutes())).toEqual([]);
});

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
