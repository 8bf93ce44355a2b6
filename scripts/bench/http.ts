// Requests per second of one JSON route with everything that Muster puts around it (token, schemas, log line, metrics,
// limits, security headers), as a share of a bare Express 5 route that answers the same JSON. The two run in turn, each in
// a process of its own; the median of the shares counts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import express from 'express';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createToken } from '../../src/auth/token.store.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { createApp } from '../../src/http/app.ts';
import { listen } from '../../src/http/listen.ts';
import { defineRead } from '../../src/http/route.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLogger } from '../../src/kernel/log.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { median } from './median.ts';

const ROUNDS = 5;
const SECONDS = 4;
const PATH = '/api/v1/parts/0199a000-0000-7000-8000-000000000000?limit=20';
const ANSWER = {
  id: '0199a000-0000-7000-8000-000000000000',
  name: 'power supply 750 W',
  onHand: 12,
  reserve: 4,
  updatedAt: '2026-01-01T00:00:00Z',
};

interface Ready {
  readonly port: number;
  readonly token: string;
}

async function serveMuster(): Promise<Ready> {
  const { cluster, end } = await startScratchCluster();
  process.once('disconnect', () => void end().then(() => process.exit(0)));
  const access = await ensureEmbeddedDatabase(cluster.connection);
  await createSchema(access);
  const db = await Database.connect(access.service, [], { applicationName: 'bench' });
  const origin = { actor: SYSTEM_ACTOR };
  const token = await db.transaction(async (tx) => {
    const { id } = await createPrincipal(tx, { kind: 'service-account', name: 'bench', roles: ['viewer'] }, origin);
    return createToken(tx, { principalId: id, name: 'bench', expiresAt: null }, origin);
  });
  const route = defineRead({
    path: '/parts/{id}',
    operationId: 'getPart',
    tag: 'bench',
    summary: 'One part',
    permission: 'service.read',
    params: z.strictObject({ id: z.uuid() }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    response: z.object({
      id: z.uuid(),
      name: z.string(),
      onHand: z.number(),
      reserve: z.number(),
      updatedAt: z.iso.datetime(),
    }),
    examples: { response: ANSWER },
    handle: async () => ({ body: ANSWER }),
  });
  const log = createLogger('info');
  const app = createApp({
    db,
    authenticator: new Authenticator({ db, clock: systemClock, log }),
    routes: [route],
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

async function serveExpress(): Promise<Ready> {
  const app = express();
  app.get('/api/v1/parts/:id', (_request, response) => {
    response.json(ANSWER);
  });
  process.once('disconnect', () => process.exit(0));
  const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { port, token: 'none' };
}

async function start(kind: 'muster' | 'express') {
  const sink = openSync('/dev/null', 'w');
  const child = fork(fileURLToPath(import.meta.url), [kind], { stdio: ['ignore', 'inherit', sink, 'ipc'] });
  const [ready] = (await once(child, 'message')) as [Ready];
  return {
    async requestsPerSecond(): Promise<number> {
      const result = await autocannon({
        url: `http://127.0.0.1:${ready.port}${PATH}`,
        headers: { authorization: `Bearer ${ready.token}` },
        connections: 20,
        duration: SECONDS,
      });
      if (result.non2xx > 0 || result.errors > 0)
        throw new Error(`${kind}: ${result.non2xx} refused, ${result.errors} broken`);
      return result['2xx'] / result.duration;
    },
    stop: () => child.disconnect(),
  };
}

const role = process.argv[2];
if (role === 'muster' || role === 'express') {
  process.send?.(await (role === 'muster' ? serveMuster() : serveExpress()));
} else {
  const muster = await start('muster');
  const bare = await start('express');
  await muster.requestsPerSecond();
  await bare.requestsPerSecond();
  const shares: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await muster.requestsPerSecond();
    const theirs = await bare.requestsPerSecond();
    shares.push(ours / theirs);
    console.log(
      `round ${round}: muster ${ours.toFixed(0)}/s, express ${theirs.toFixed(0)}/s, share ${(ours / theirs).toFixed(2)}`,
    );
  }
  console.log(`share of bare Express 5 (median of ${ROUNDS}): ${median(shares).toFixed(2)}`);
  muster.stop();
  bare.stop();
}
