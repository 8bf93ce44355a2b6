import { Client, type ClientConfig } from 'pg';
import { type ConnectionSettings, describeConnection, driverSettings } from '../database/connection.ts';
import { isUnavailable, sqlFailureOf } from '../database/sqlstate.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { connectClient } from './database-session.ts';
import { lsnOf } from './log-position.ts';
import { ReplicationCommand } from './replication.command.ts';

/** Which cluster is on the other end. */
export interface SystemIdentity {
  /** The number that initdb gave the cluster; a backup's log fits only the same one. */
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** The server has its log on disk up to here. */
  readonly flushLsn: bigint;
}

/** A connection that speaks the physical replication protocol. The role needs the REPLICATION attribute and nothing else. */
export class ReplicationConnection {
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;

  private constructor(client: Client, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
    this.#abort = () => void client.end();
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /**
   * Connects. When `signal` aborts, the socket is closed: the server then ends the command and drops temporary slots.
   * @throws AppError `unavailable` when the server cannot be reached, `forbidden` when it refuses replication.
   */
  static async open(settings: ConnectionSettings, signal?: AbortSignal): Promise<ReplicationConnection> {
    const config: ClientConfig & { replication: 'true' } = {
      // The walsender takes no SET ROLE for what it checks: it wants the attribute on the role that logged in.
      ...driverSettings({ ...settings, role: undefined }, 'muster backup'),
      replication: 'true',
      keepAlive: true,
    };
    const client = new Client(config);
    client.on('error', () => {
      // The command under way reports the loss.
    });
    try {
      await connectClient(client, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      throw refusal(settings, thrown);
    }
    return new ReplicationConnection(client, signal);
  }

  /** Starts a command; its answer is read by iterating. One at a time. */
  start(text: string): ReplicationCommand {
    this.#signal?.throwIfAborted();
    return this.#client.query(new ReplicationCommand(text));
  }

  /** Runs a command that answers rows only. */
  async rows(text: string): Promise<(readonly (string | null)[])[]> {
    const rows: (readonly (string | null)[])[] = [];
    for await (const message of this.start(text)) {
      if (message.kind === 'row') rows.push(message.values);
    }
    return rows;
  }

  async identifySystem(): Promise<SystemIdentity> {
    const [systemIdentifier, timeline, flushLsn] = (await this.rows('IDENTIFY_SYSTEM'))[0] ?? [];
    if (!systemIdentifier || !timeline) {
      throw new AppError('unavailable', 'replication-failed', 'The server does not say which system it is');
    }
    return { systemIdentifier, timeline: Number(timeline), flushLsn: lsnOf(flushLsn) };
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    await this.#client.end().catch(() => {
      // It is gone either way.
    });
  }
}

function refusal(settings: ConnectionSettings, thrown: unknown): AppError {
  const where = describeConnection(settings);
  const failure = sqlFailureOf(thrown);
  if (failure?.code === '53300') {
    return new AppError(
      'unavailable',
      'replication-slots-used',
      `${where} has no free walsender: ${failure.message}. Raise max_wal_senders or try again.`,
      { cause: thrown },
    );
  }
  if (!failure || isUnavailable(thrown)) {
    return new AppError('unavailable', 'database-unavailable', `${where} cannot be reached: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  return new AppError(
    'forbidden',
    'replication-refused',
    `${where} refuses a replication connection: ${failure.message}. The role needs the REPLICATION attribute, and pg_hba.conf a line for "replication".`,
    { cause: thrown },
  );
}
