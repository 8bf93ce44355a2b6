import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import { databaseUnavailable, isUnavailable } from '../database/sqlstate.ts';

/** What a backup must know of the server that it is taken from. */
export interface ServerFacts {
  /** As the server prints it: `18.4`, without the packager's addition. */
  readonly version: string;
  readonly major: number;
  readonly walSegmentBytes: number;
  /** Of the connected database, as the server names it: `UTF8`. */
  readonly encoding: string;
  /** The role that initdb made. */
  readonly superuser: string;
  /** Names of the tablespaces besides the two that every cluster has. */
  readonly tablespaces: readonly string[];
}

/** @throws AppError `unavailable` when the server cannot be reached. */
export async function readServerFacts(database: ConnectionSettings): Promise<ServerFacts> {
  const client = new Client(driverSettings(database, 'muster backup'));
  client.on('error', () => {
    // The query reports the loss.
  });
  try {
    await client.connect();
    const { rows } = await client.query(FACTS);
    const { version, version_number, wal_segment_bytes, superuser, tablespaces, encoding } = rows[0];
    return {
      version: String(version).split(' ')[0] ?? '',
      major: Math.floor(Number(version_number) / 10_000),
      walSegmentBytes: Number(wal_segment_bytes),
      superuser,
      tablespaces,
      encoding,
    };
  } catch (thrown) {
    throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
  } finally {
    await client.end();
  }
}

/** The role that initdb made has the object id 10 in every cluster; wal_segment_size is in bytes in pg_settings. */
const FACTS = `
  SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS version_number,
         current_setting('server_encoding') AS encoding,
         (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS wal_segment_bytes,
         (SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser,
         ARRAY(SELECT spcname::text FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1) AS tablespaces`;
