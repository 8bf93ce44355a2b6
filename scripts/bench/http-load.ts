import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import autocannon from 'autocannon';
import express from 'express';
import { listen } from '../../src/http/listen.ts';

/** A server process under load: where it listens, and the token that it lets in. */
export interface Served {
  readonly port: number;
  readonly token: string;
  stop(): void;
}

/** What is asked, again and again. A body makes it a POST with an `Idempotency-Key` of its own each time. */
export interface Load {
  readonly path: string;
  /** The body of the next request. */
  readonly body?: () => unknown;
  readonly connections: number;
  readonly seconds: number;
  /** Answers besides 2xx that are no failure. */
  readonly alsoFine?: readonly number[];
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Starts a module again as a process of its own in one of its roles. Its log lines are dropped, its complaints are not. */
export async function startRole(modulePath: string, role: string, ...args: string[]): Promise<Served> {
  const sink = openSync('/dev/null', 'w');
  const execArgv = process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [];
  const child = fork(modulePath, [role, ...args], { execArgv, stdio: ['ignore', 'inherit', sink, 'ipc'] });
  const [ready] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${role} did not start`);
    }),
  ])) as [{ port: number; token: string }];
  return { ...ready, stop: () => child.disconnect() };
}

/** The yardstick: an Express 5 route that reads a JSON body (GET: none) and answers JSON, with nothing around it. */
export async function serveBareExpress(answer: unknown): Promise<{ port: number; token: string }> {
  const app = express();
  app.get('/bare', (_request, response) => {
    response.json(answer);
  });
  app.post('/bare', express.json(), (_request, response) => {
    response.status(201).json(answer);
  });
  process.once('disconnect', () => process.exit(0));
  const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { port, token: 'none' };
}

/** @throws Error when anything but success, or what the load calls fine, came back. */
export async function measure(served: Served, load: Load): Promise<Measured> {
  const { body } = load;
  const headers = { authorization: `Bearer ${served.token}` };
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  let refusal = '';
  const result = await autocannon({
    url: `http://127.0.0.1:${served.port}`,
    connections: load.connections,
    duration: load.seconds,
    requests: [
      body === undefined
        ? { method: 'GET', path: load.path, headers }
        : {
            method: 'POST',
            path: load.path,
            onResponse: (status, text) => {
              if (status >= 300 && refusal === '') refusal = text.slice(0, 600);
            },
            setupRequest: (request) => {
              count += 1;
              return {
                ...request,
                headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': `${prefix}.${count}` },
                body: JSON.stringify(body()),
              };
            },
          },
    ],
  });
  const codes = Object.entries(result.statusCodeStats ?? {}).filter(
    ([code]) => !code.startsWith('2') && !load.alsoFine?.includes(Number(code)),
  );
  if (codes.length > 0 || result.errors > 0) {
    throw new Error(`${load.path}: ${JSON.stringify(codes)}, ${result.errors} broken. ${refusal}`);
  }
  return { perSecond: result['2xx'] / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}
