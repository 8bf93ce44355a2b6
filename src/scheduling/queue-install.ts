import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import { SERVICE_ROLE, type ServiceRole } from '../database/roles.ts';
import type { Logger } from '../kernel/log.ts';
import { logEvents } from './boss.ts';
import { QUEUE_SCHEMA } from './queue-name.ts';
import { ensureDeadLetterQueue } from './queue-setup.ts';

/** How long an upgrade of the queue's tables may build indexes before the start goes on without them. */
const INDEX_BUILDS_SECONDS_MAX = 300;

export interface InstallQueueOptions {
  /** Owns the schema: the only one that ever changes it. */
  readonly owner: ConnectionSettings;
  readonly serviceRole: ServiceRole;
  readonly log: Logger;
}

/**
 * Makes or upgrades the job queue's schema as its owner and gives the service's role the rights to use it: rows only,
 * nothing of its own. Changes nothing when all is there. The caller holds the migration lock, so replicas take turns.
 */
export async function installQueue(options: InstallQueueOptions): Promise<void> {
  const boss = ownersBoss(options);
  try {
    await boss.start();
    await ensureDeadLetterQueue(boss);
    await finishIndexBuilds(boss, options.log);
  } finally {
    await boss.stop({ graceful: true, timeout: 10_000 });
  }
  if (options.serviceRole.available) await grantToService(options.owner);
}

function ownersBoss({ owner, log }: InstallQueueOptions): PgBoss {
  const boss = new PgBoss({
    ...driverSettings(owner, 'muster queue install'),
    schema: QUEUE_SCHEMA,
    max: 2,
    migrate: true,
    createSchema: true,
    supervise: false,
    schedule: false,
    registerInstance: false,
    bamIntervalSeconds: 10,
    openTelemetry: { enabled: false },
  });
  logEvents(boss, log);
  return boss;
}

/**
 * An upgrade may leave indexes to be built in the background by whoever owns the tables. The service does not, so they are
 * built here; a build that takes too long or fails is taken up at the next start, the queue works without it.
 */
async function finishIndexBuilds(boss: PgBoss, log: Logger): Promise<void> {
  const deadline = performance.now() + INDEX_BUILDS_SECONDS_MAX * 1000;
  for (;;) {
    const status = await boss.getBamStatus();
    const failed = status.some((entry) => entry.status === 'failed' && Number(entry.count) > 0);
    const waiting = status.some(
      (entry) => (entry.status === 'pending' || entry.status === 'in_progress') && Number(entry.count) > 0,
    );
    if (failed) log.warn('an index of the job queue could not be built; the next start tries again');
    if (failed || !waiting) return;
    if (performance.now() > deadline) {
      log.warn({ seconds: INDEX_BUILDS_SECONDS_MAX }, 'indexes of the job queue are still to be built');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function grantToService(owner: ConnectionSettings): Promise<void> {
  const client = new Client(driverSettings(owner, 'muster queue install'));
  await client.connect();
  try {
    await client.query(`
      GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO ${SERVICE_ROLE};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO ${SERVICE_ROLE};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${QUEUE_SCHEMA} TO ${SERVICE_ROLE};
      ALTER DEFAULT PRIVILEGES IN SCHEMA ${QUEUE_SCHEMA}
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${SERVICE_ROLE}`);
  } finally {
    await client.end();
  }
}
