import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import { afterAll, beforeAll } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import type { Role } from '../../src/auth/permissions.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import type { Principal, PrincipalKind } from '../../src/auth/principal.ts';
import { createToken } from '../../src/auth/token.store.ts';
import type { Database } from '../../src/database/database.ts';
import { createApp } from '../../src/http/app.ts';
import type { AppOptions } from '../../src/http/app-options.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { TestDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const ORIGIN = { actor: SYSTEM_ACTOR };

/** A principal with one token. */
export interface Caller {
  readonly principal: Principal;
  readonly secret: string;
  readonly tokenId: string;
  /** The value of `Authorization`. */
  readonly bearer: string;
}

/** Makes a principal of some roles, a service account unless stated, and a token for it. */
export async function makeCaller(
  db: Database,
  name: string,
  roles: readonly Role[],
  kind: PrincipalKind = 'service-account',
): Promise<Caller> {
  return db.transaction(async (tx) => {
    const principal = await createPrincipal(tx, { kind, name, roles }, ORIGIN);
    const token = { principalId: principal.id, name: `token of ${name}`, expiresAt: null };
    const { id, secret } = await createToken(tx, token, ORIGIN);
    return { principal, secret, tokenId: id, bearer: `Bearer ${secret}` };
  });
}

/** What a test may leave out: everything that is not what it tests. */
export type TestAppOptions = Partial<Omit<AppOptions, 'db'>>;

/** An app on the file's database, with a caller of every permission. Read the members inside tests only. */
export interface TestApp {
  readonly app: RequestListener;
  readonly admin: Caller;
  readonly authenticator: Authenticator;
  /** A request with the admin's token. */
  request(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string): supertest.Test;
  /** The same app with other options. */
  variant(options: TestAppOptions): RequestListener;
}

/** Builds an app before the file's tests. */
export function useApp(database: TestDatabase, options: () => TestAppOptions): TestApp {
  let authenticator: Authenticator;
  let admin: Caller;
  let app: RequestListener;
  const variant = (more: TestAppOptions): RequestListener =>
    createApp({
      db: database.db,
      authenticator,
      routes: [],
      pages: [],
      checks: [],
      metrics: new Registry(),
      log: testLog,
      clock: systemClock,
      version: '0.0.0-test',
      checkResponses: true,
      limits: { requestsPerMinute: 1_000_000 },
      ...options(),
      ...more,
    });

  beforeAll(async () => {
    authenticator = new Authenticator({ db: database.db, clock: systemClock, log: testLog });
    admin = await makeCaller(database.db, 'admin', ['admin']);
    app = variant({});
  });
  afterAll(() => authenticator.close());

  return {
    get app() {
      return app;
    },
    get admin() {
      return admin;
    },
    get authenticator() {
      return authenticator;
    },
    request: (method, path) => supertest(app)[method](path).set('Authorization', admin.bearer),
    variant,
  };
}

/** Serves an app on a free port of the loopback interface while `work` runs: for what supertest cannot say. */
export async function serving<T>(app: RequestListener, work: (port: number, server: Server) => Promise<T>): Promise<T> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as AddressInfo).port, server);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
