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
  const client = new Client(driverSettings(database, applicationName));
  client.on('error', () => {
    // The statement under way, or the next one, reports the loss.
  });
  try {
    await connectClient(client, signal);
  } catch (thrown) {
    throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
  }
  const abort = () => void client.end();
  signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', abort));
  return client;
}

/**
 * Connects, and gives up at once at an abort: a client that is ended while it connects never settles (pg 8.23).
 * @throws the signal's reason; the driver's error.
 */
export async function connectClient(client: Client, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([client.connect(), aborted]);
    signal?.throwIfAborted();
  } catch (thrown) {
    void client.end();
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
