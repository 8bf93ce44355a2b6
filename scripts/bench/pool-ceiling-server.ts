import express from 'express';
import { Pool } from 'pg';
import { BatchingSocket } from '../../src/database/batching-socket.ts';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { listen } from '../../src/http/listen.ts';
import { INSERT_ONE, type Scripts } from './pool-ceiling.ts';

/** As many check-outs as one batch carries. */
const BATCH_MAX = 64;

interface Waiting {
  readonly n: number;
  readonly key: string;
  done(error?: unknown): void;
}

/** Express with the least SQL behind it: no schemas, no token, no log. `rows` is how many stock rows there are. */
export async function serveCeiling(service: ConnectionSettings, scripts: Scripts, rows: number, answer: unknown) {
  const pool = new Pool({ ...driverSettings(service, 'bench'), max: 8, stream: () => new BatchingSocket() });
  const batched = batcher(pool, scripts);
  const app = express();
  const post = (path: string, work: (n: number, key: string) => Promise<unknown>) =>
    app.post(path, express.json(), async (request, response) => {
      await work(1 + Math.floor(Math.random() * (rows - 1)), String(request.headers['idempotency-key']));
      response.status(201).json(answer);
    });
  post('/one-row', (_, key) => pool.query({ name: 'one-row', text: INSERT_ONE, values: [key] }));
  post('/one', (n, key) => pool.query({ name: 'one', text: scripts.one, values: [n, key] }));
  post('/batched', batched);
  process.once('disconnect', () => process.exit(0));
  const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { port, token: 'none' };
}

/** One transaction at a time carries out everything that has come meanwhile. */
function batcher(pool: Pool, { many }: Scripts): (n: number, key: string) => Promise<void> {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(BATCH_MAX);
      const values = [batch.map(({ n }) => n), batch.map(({ key }) => key)];
      const error = await pool.query({ name: 'many', text: many, values }).then(
        () => undefined,
        (thrown) => thrown,
      );
      for (const { done } of batch) done(error);
    }
    isRunning = false;
  };
  return (n, key) =>
    new Promise((resolve, reject) => {
      waiting.push({ n, key, done: (error) => (error === undefined ? resolve() : reject(error)) });
      if (!isRunning) void run();
    });
}
