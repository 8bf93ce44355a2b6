import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { EntitySchema } from 'typeorm';
import { afterAll, beforeAll, inject } from 'vitest';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { Database } from '../../src/database/database.ts';
import { DATABASE_NAME, OWNER_ROLE } from '../../src/database/embedded-database.ts';
import { SERVICE_ROLE } from '../../src/database/roles.ts';

/** A database of the present schema that belongs to one test file. */
export interface TestDatabase {
  /** Under the service's role, as in production. */
  readonly db: Database;
  readonly owner: ConnectionSettings;
  readonly service: ConnectionSettings;
  readonly superuser: ConnectionSettings;
}

/** Clones the shared cluster's migrated database before the file's tests and drops it after them. Read the members in tests only. */
export function useDatabase(entities: readonly EntitySchema[] = []): TestDatabase {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const as = (user: string): ConnectionSettings => ({ ...inject('cluster'), database: name, user });
  let db: Database | undefined;

  beforeAll(async () => {
    // Files are copied in half the time that their content takes through the log of writes.
    await administer(`CREATE DATABASE ${name} TEMPLATE ${DATABASE_NAME} STRATEGY file_copy OWNER ${OWNER_ROLE}`);
    db = await Database.connect(as(SERVICE_ROLE), entities, { applicationName: 'test' });
  });

  afterAll(async () => {
    await db?.close();
    await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });

  return {
    get db() {
      if (!db) throw new Error('useDatabase: the database exists inside tests only');
      return db;
    },
    get owner() {
      return as(OWNER_ROLE);
    },
    get service() {
      return as(SERVICE_ROLE);
    },
    get superuser() {
      return inject('cluster') && { ...inject('cluster'), database: name };
    },
  };
}

/** Runs one statement on a connection of its own: for what the service's role may not do. */
export async function runAs<Row>(
  settings: ConnectionSettings,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new Client(driverSettings(settings, 'test'));
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows as Row[];
  } finally {
    await client.end();
  }
}

// A clone fails while another one copies the template (55006): files start together, so they take turns.
async function administer(sql: string): Promise<void> {
  const client = new Client(driverSettings(inject('cluster'), 'test setup'));
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(1)');
    await client.query(sql);
  } finally {
    await client.end();
  }
}
