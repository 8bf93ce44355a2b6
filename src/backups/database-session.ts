import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import { databaseUnavailable, isUnavailable } from '../database/sqlstate.ts';

/**
 * Opens a connection that lives longer than a statement: for transactions that hold a snapshot or locks while other things
 * happen. An abort closes it, which fails whatever it is doing.
 *
 * @throws AppError `unavailable` when the server cannot be reached.
 */
export async function openSession(
  database: ConnectionSettings,
  applicationName: string,
  signal?: AbortSignal,
): Promise<Client> {
  signal?.throwIfAborted();
  const client = new Client(driverSettings(database, applicationName));
  client.on('error', () => {
    // The statement under way, or the next one, reports the loss.
  });
  try {
    await client.connect();
  } catch (thrown) {
    throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
  }
  const abort = () => void client.end();
  signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', abort));
  return client;
}
