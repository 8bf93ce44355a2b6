// Small writes per second through everything that Muster puts around a POST (token, schemas, idempotency, transaction, audit
// entry), as a share of a bare Express 5 route that reads and answers the same JSON. Both run in turn, each in a process of
// its own; the median of the shares counts.
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { recordAudit } from '../../src/audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createToken } from '../../src/auth/token.store.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { createApp } from '../../src/http/app.ts';
import { listen } from '../../src/http/listen.ts';
import { defineWrite } from '../../src/http/route.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createLogger } from '../../src/kernel/log.ts';
import { runAs } from '../../test/support/database.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { measure, type Served, serveBareExpress, startRole } from './http-load.ts';
import { median } from './median.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = 3;
const ANSWER = { id: '0199a000-0000-7000-8000-000000000000', name: 'power supply 750 W', amount: 12 };

const noteRoute = defineWrite({
  method: 'post',
  path: '/bench-notes',
  operationId: 'createBenchNote',
  tag: 'bench',
  summary: 'One small row',
  permission: 'service.write',
  status: 201,
  body: z.strictObject({ name: z.string().max(100), amount: z.int() }),
  response: z.object({ id: z.uuid(), name: z.string(), amount: z.int() }),
  examples: { body: { name: ANSWER.name, amount: ANSWER.amount }, response: ANSWER },
  handle: async ({ tx, body, requestId }) => {
    const id = newId();
    await tx.execute('INSERT INTO bench_note (id, name, amount) VALUES ($1, $2, $3)', [id, body.name, body.amount]);
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'bench-note.create',
      subjectKind: 'bench-note',
      subjectId: id,
      details: body,
      requestId,
    });
    return { body: { id, ...body } };
  },
});

async function serveMuster() {
  const { cluster, end } = await startScratchCluster(process.env.BENCH_FSYNC === 'off' ? {} : { settings: {} });
  process.once('disconnect', () => void end().then(() => process.exit(0)));
  const access = await ensureEmbeddedDatabase(cluster.connection);
  await createSchema(access);
  await runAs(
    access.owner,
    'CREATE TABLE bench_note (id uuid PRIMARY KEY, name text NOT NULL, amount integer NOT NULL)',
  );
  const db = await Database.connect(access.service, [], { applicationName: 'bench' });
  const origin = { actor: SYSTEM_ACTOR };
  const token = await db.transaction(async (tx) => {
    const { id } = await createPrincipal(tx, { kind: 'service-account', name: 'bench', roles: ['admin'] }, origin);
    return createToken(tx, { principalId: id, name: 'bench', expiresAt: null }, origin);
  });
  const log = createLogger('info');
  const app = createApp({
    db,
    authenticator: new Authenticator({ db, clock: systemClock, log }),
    routes: [noteRoute],
    pages: [],
    checks: [],
    metrics: new Registry(),
    log,
    clock: systemClock,
    version: '0',
    limits: { requestsPerMinute: 100_000_000 },
  });
  const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { port, token: token.secret };
}

async function run(): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  const muster = await startRole(self, 'muster');
  const bare = await startRole(self, 'express');
  const load = (served: Served, path: string) =>
    measure(served, {
      path,
      body: () => ({ name: ANSWER.name, amount: ANSWER.amount }),
      connections: 32,
      seconds: SECONDS,
    });
  await load(muster, '/api/v1/bench-notes');
  await load(bare, '/bare');
  const shares: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await load(muster, '/api/v1/bench-notes');
    const theirs = await load(bare, '/bare');
    shares.push(ours.perSecond / theirs.perSecond);
    console.log(
      `round ${round}: muster ${ours.perSecond.toFixed(0)}/s (p99 ${ours.p99Ms} ms), ` +
        `express ${theirs.perSecond.toFixed(0)}/s, share ${shares.at(-1)?.toFixed(2)}`,
    );
  }
  console.log(`share of bare Express 5 (median of ${ROUNDS}): ${median(shares).toFixed(2)}`);
  muster.stop();
  bare.stop();
}

const role = process.argv[2];
if (role === 'muster') process.send?.(await serveMuster());
else if (role === 'express') process.send?.(await serveBareExpress(ANSWER));
else await run();
