import supertest from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { makeSecret } from '../../src/auth/secret.ts';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { useDatabase } from '../support/database.ts';
import { makeCaller, useApp } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: authRoutes(), limits: { requestsPerMinute: 5 } }));
let app: ReturnType<typeof supertest>;
beforeEach(() => {
  app = supertest(server.variant({}));
});

const me = (authorization: string) => app.get('/api/v1/me').set('Authorization', authorization);

describe('the rate limit', () => {
  it('answers 429 with a problem and the seconds to wait', async () => {
    await me(server.admin.bearer);
    const answers = [];
    for (let count = 0; count < 6; count += 1) answers.push(await me(server.admin.bearer));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = answers.at(-1);
    expect([refused?.type, refused?.body.code]).toEqual([PROBLEM_TYPE, 'rate-limit']);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('counts each token by itself', async () => {
    const other = await makeCaller(database.db, 'other', ['viewer']);
    await Promise.all([me(server.admin.bearer), me(other.bearer)]);
    for (let count = 0; count < 6; count += 1) await me(server.admin.bearer);
    expect((await me(server.admin.bearer)).status).toBe(429);
    expect((await me(other.bearer)).status).toBe(200);
  });

  it('stops who guesses tokens, however many they guess', async () => {
    const statuses = [];
    for (let count = 0; count < 7; count += 1) statuses.push((await me(`Bearer ${makeSecret('token')}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it('never stands in the way of probes', async () => {
    for (let count = 0; count < 8; count += 1) {
      expect((await app.get('/livez')).status).toBe(200);
      expect((await app.get('/readyz')).status).toBe(200);
    }
  });
});
