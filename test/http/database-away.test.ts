import { Registry } from 'prom-client';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { createApp } from '../../src/http/app.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { testLog } from '../support/log.ts';
import { type ScratchCluster, startScratchCluster } from '../support/scratch-cluster.ts';
import { type Caller, makeCaller } from './support.ts';

let scratch: ScratchCluster;
let db: Database;
let authenticator: Authenticator;
let caller: Caller;
let app: ReturnType<typeof supertest>;

beforeAll(async () => {
  scratch = await startScratchCluster({ template: inject('migratedCluster') });
  const access = await ensureEmbeddedDatabase(scratch.cluster.connection);
  db = await Database.connect(access.service, [], { applicationName: 'test' });
  authenticator = new Authenticator({ db, clock: systemClock, log: testLog });
  caller = await makeCaller(db, 'caller', ['admin']);
  const parts = { db, authenticator, routes: authRoutes(), pages: [], checks: [], metrics: new Registry() };
  app = supertest(createApp({ ...parts, log: testLog, clock: systemClock, version: 'test' }));
});
afterAll(async () => {
  // The last uses cannot be written any more: closing says so.
  await authenticator.close().catch(() => undefined);
  await db.close();
  await scratch.end();
});

describe('while the database is away', () => {
  it('every request that needs it gets a 503 that says when to come back; probes are answered', async () => {
    const me = () => app.get('/api/v1/me').set('Authorization', caller.bearer);
    const make = () => app.post('/api/v1/tokens').set('Authorization', caller.bearer).send({ name: 'x' });
    expect((await me()).status).toBe(200);
    await scratch.cluster.stop('immediate');
    const write = await make();
    expect([write.status, write.body.code, write.headers['retry-after']]).toEqual([503, 'database-unavailable', '5']);
    // Who the caller is was asked a moment ago and is believed for a second; then that needs the database as well.
    await expect.poll(async () => (await me()).body.code, { timeout: 3000, interval: 50 }).toBe('database-unavailable');
    expect((await app.get('/livez')).status).toBe(200);
  });
});
