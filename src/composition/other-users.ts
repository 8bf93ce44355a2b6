import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';

/** A process that joined this one's server keeps it for this long at the most. */
const WAIT_SECONDS_MAX = 60;
const POLL_MS = 100;

/**
 * Waits until nobody else is connected to the database, for a limited time: other commands may have joined the server that
 * this process is about to stop. A server that does not answer any more has nobody to wait for.
 */
export async function waitForOthers(owner: ConnectionSettings): Promise<void> {
  const client = new Client(driverSettings(owner, 'muster close'));
  client.on('error', () => {
    // The next query reports the loss.
  });
  const deadlineMs = performance.now() + WAIT_SECONDS_MAX * 1000;
  try {
    await client.connect();
    while (performance.now() < deadlineMs && (await othersOf(client)) > 0) await delay(POLL_MS);
  } catch {
    // It is down already, so there is nobody left.
  } finally {
    await client.end().catch(() => {});
  }
}

async function othersOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ others: number }>(
    `SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  return rows[0]?.others ?? 0;
}
