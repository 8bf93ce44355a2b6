import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from './connection.ts';
import { ensureServiceRole, SERVICE_ROLE } from './roles.ts';

/** The superuser of an embedded cluster: makes roles and databases, and is used for nothing else. */
export const SUPERUSER = 'postgres';

/** Owns the schema of an embedded database, migrates it and takes its backups; no superuser. */
export const OWNER_ROLE = 'muster_owner';

export const DATABASE_NAME = 'muster';

/** How the two roles reach an embedded database. */
export interface DatabaseAccess {
  /** Owns the tables: for migrations and backups only. */
  readonly owner: ConnectionSettings;
  /** What the service works under. */
  readonly service: ConnectionSettings;
}

/**
 * Makes what an embedded cluster needs before the first migration: the owner, the service's role and the database.
 * Does nothing where they are there already.
 */
export async function ensureEmbeddedDatabase(
  connection: (database: string, user: string) => ConnectionSettings,
  database: string = DATABASE_NAME,
): Promise<DatabaseAccess> {
  await withClient(connection('postgres', SUPERUSER), async (client) => {
    const owners = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [OWNER_ROLE]);
    if (owners.rowCount === 0) await client.query(`CREATE ROLE ${OWNER_ROLE} LOGIN REPLICATION NOSUPERUSER`);
    await ensureServiceRole(client);
    const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (databases.rowCount === 0)
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${OWNER_ROLE}`);
    await client.query(`GRANT ${SERVICE_ROLE} TO ${OWNER_ROLE}`);
    await client.query(`GRANT pg_read_all_stats TO ${SERVICE_ROLE}`);
  });
  // Functions belong to one database: without this grant only a superuser names the point that a restore stops at.
  await withClient(connection(database, SUPERUSER), (client) =>
    client.query(`GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO ${OWNER_ROLE}`),
  );
  return { owner: connection(database, OWNER_ROLE), service: connection(database, SERVICE_ROLE) };
}

async function withClient<T>(settings: ConnectionSettings, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(driverSettings(settings, 'muster setup'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
