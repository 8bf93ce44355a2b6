import { Registry } from 'prom-client';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createToken } from '../../src/auth/token.store.ts';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { Database } from '../../src/database/database.ts';
import { createApp } from '../../src/http/app.ts';
import { listen } from '../../src/http/listen.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLogger } from '../../src/kernel/log.ts';
import { type RouteDependencies, routes } from '../../src/routes.ts';

/** No route of the pool needs more than its request. */
const unused = new Proxy({}, { get: () => unused }) as RouteDependencies;

/** A principal that may do everything in the pool, and its token. */
export async function makeBenchCaller(db: Database): Promise<{ readonly id: string; readonly token: string }> {
  const origin = { actor: SYSTEM_ACTOR };
  return db.transaction(async (tx) => {
    const { id } = await createPrincipal(tx, { kind: 'service-account', name: 'bench', roles: ['admin'] }, origin);
    const { secret } = await createToken(tx, { principalId: id, name: 'bench', expiresAt: null }, origin);
    return { id, token: secret };
  });
}

/**
 * The service's HTTP part, as it runs in production, with a log line for each request.
 * @param consoleDirectory the built console, when browsers come as well.
 */
export async function servePool(service: ConnectionSettings, token: string, consoleDirectory?: string) {
  const db = await Database.connect(service, [], { applicationName: 'bench' });
  const log = createLogger('info');
  const app = createApp({
    db,
    authenticator: new Authenticator({ db, clock: systemClock, log }),
    routes: routes(unused),
    pages: [],
    checks: [],
    metrics: new Registry(),
    log,
    clock: systemClock,
    version: '0',
    limits: { requestsPerMinute: 100_000_000 },
    ...(consoleDirectory === undefined ? {} : { consoleDirectory }),
  });
  process.once('disconnect', () => process.exit(0));
  const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { port, token };
}
