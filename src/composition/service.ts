import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { startSealer } from '../audit/sealer.ts';
import { Authenticator } from '../auth/authenticator.ts';
import type { LogArchiver } from '../backups/log-archive/log-archiver.ts';
import type { DrillCatalogue } from '../drills/catalogue.ts';
import { reapInterrupted, reapPeriodically } from '../drills/reaper.ts';
import { createApp } from '../http/app.ts';
import { listen } from '../http/listen.ts';
import { referencePage } from '../http/reference.page.ts';
import { jobs } from '../jobs.ts';
import type { Logger } from '../kernel/log.ts';
import { startDeliveryWatch } from '../notices/channels/delivery-watch.ts';
import { routes } from '../routes.ts';
import { createJobQueue } from '../scheduling/queue.ts';
import { startTicker } from '../scheduling/ticker.ts';
import { VERSION } from '../version.ts';
import { createDeadMan } from './dead-man.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { type HealthParts, healthChecks } from './health.ts';
import { archiveOwnLog } from './log-archiving.ts';
import { type Observed, observe } from './observations.ts';
import type { Runtime } from './runtime.ts';
import { serviceUrl } from './service-url.ts';

/** Requests and jobs that are under way get this long to end after a stop was asked for. */
const DRAIN_SECONDS = 20;

/** Where `npm start` puts the console that it builds. */
export const CONSOLE_DIRECTORY = join(import.meta.dirname, '../../node_modules/.cache/muster-console');

/** How often the leavings of dead drill workers are looked for. */
const REAP_SECONDS = 30;

/** How often the drill definitions are read again. */
const REFRESH_SECONDS = 15;

/** The whole service, running. */
export interface Service {
  /** Empty where no HTTP is served. */
  readonly url: string;
  readonly dependencies: Dependencies;
  /** Drains requests and jobs, seals and anchors the audit trail, and lets go of everything but the runtime. */
  stop(): Promise<void>;
}

/** What of the service a process runs: `serve` everything, `worker` only jobs. */
export interface ServiceParts {
  readonly serve: boolean;
  readonly tags: readonly string[];
}

/** Starts what a process of Muster does; everything that was started is stopped again when a later part fails. */
export async function startService(runtime: Runtime, catalogue: DrillCatalogue, parts: ServiceParts): Promise<Service> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    const started = await start(runtime, catalogue, parts, stops);
    return { ...started, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function start(
  runtime: Runtime,
  catalogue: DrillCatalogue,
  parts: ServiceParts,
  stops: (() => Promise<unknown>)[],
) {
  const { db, clock, log, directories, keyring } = runtime;
  const draining = new AbortController();
  // Stopped at the very end: it archives what all the others still write.
  let archiver: LogArchiver | undefined;
  stops.push(async () => archiver?.stop());
  // First to start and, but for that, last to stop: what the jobs record while they drain is sealed and anchored, too.
  const sealer = startSealer({ db, keys: auditKeysOf(keyring), anchorDirectory: directories.anchors, log, clock });
  stops.push(() => sealer.stop());
  const queue = await createJobQueue({
    service: runtime.serviceAccess,
    jobs: () => jobs(dependencies),
    log,
    drainSeconds: DRAIN_SECONDS,
  });
  stops.push(() => queue.close());
  if (parts.serve) archiver = await archiveOwnLog(runtime, queue);
  const dependencies = dependenciesOf(runtime, queue, catalogue);

  const { runner } = dependencies;
  await reapInterrupted(runner);
  const reaping = reapPeriodically({ ...runner, queue }, REAP_SECONDS, draining.signal);
  stops.push(() => reaping);

  const refreshing = setInterval(() => void refreshQuietly(catalogue, log), REFRESH_SECONDS * 1000);
  stops.push(async () => clearInterval(refreshing));
  await queue.startWorkers({ tags: parts.tags, signal: draining.signal });
  const watch = startDeliveryWatch({ db, queue, service: runtime.serviceAccess, log });
  stops.push(() => watch.stop());
  const deadMan = createDeadMan({ url: runtime.config.deadManUrl, clock, log });
  const ticker = startTicker({ db, queue, clock, log, onTick: deadMan.ticked });
  stops.push(async () => {
    draining.abort();
    await ticker.stop();
    await deadMan.stop();
  });
  const url = parts.serve ? await startHttp(dependencies, { ticker, sealer, archiver, deadMan }, stops) : '';
  return { url, dependencies };
}

/** Serves the API, the pages, the health checks and the metrics; answers the address. */
async function startHttp(
  dependencies: Dependencies,
  { ticker, sealer, archiver, deadMan }: Omit<Observed, 'db'> & Pick<HealthParts, 'deadMan'>,
  stops: (() => Promise<unknown>)[],
): Promise<string> {
  const { db, config, clock, log, directories } = dependencies.runtime;
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  observe(metrics, { db, ticker, sealer, archiver, deadMan });
  const authenticator = new Authenticator({ db, clock, log });
  const stopping = new AbortController();
  stops.push(() => authenticator.close());
  const routeList = routes(dependencies);
  const app = createApp({
    db,
    authenticator,
    routes: routeList,
    pages: [referencePage(routeList)],
    consoleDirectory: CONSOLE_DIRECTORY,
    checks: healthChecks({ db, ticker, sealer, deadMan, dataDirectory: directories.data }),
    metrics,
    log,
    clock,
    stopping: stopping.signal,
    version: VERSION,
    metricsPublic: config.metricsPublic,
    limits: { requestsPerMinute: config.requestsPerMinute },
    trustedProxies: config.trustedProxies,
  });
  const listening = await listen(app, { host: config.host, port: config.port });
  stops.push(() => {
    stopping.abort();
    return listening.drain(DRAIN_SECONDS);
  });
  return serviceUrl(config.host, listening.port);
}

/** Requests look at the definitions as last read; a directory that cannot be read keeps them as they were. */
async function refreshQuietly(catalogue: DrillCatalogue, log: Logger): Promise<void> {
  try {
    await catalogue.refresh();
  } catch (err) {
    log.warn({ err }, 'the drill definitions cannot be read; the last ones stay');
  }
}
