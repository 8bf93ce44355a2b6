import { readdir } from 'node:fs/promises';
import { Client } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { type ConnectionSettings, describeConnection, driverSettings } from './connection.ts';
import { dataSourceOptions, MIGRATIONS_TABLE } from './data-source.ts';
import { ensureServiceRole, type ServiceRole } from './roles.ts';
import { isUnavailable, sqlFailureOf } from './sqlstate.ts';

/** The majors that Muster is tested on. */
const SUPPORTED_MAJORS = { oldest: 15, newest: 18 } as const;

export interface MigrationReport {
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
  readonly serviceRole: ServiceRole;
}

export interface MigrateOptions {
  readonly owner: ConnectionSettings;
  readonly log: Logger;
  /** Called before anything changes in a database that already holds Muster's tables; throwing stops the migration. */
  readonly beforeUpgrade: (pending: readonly string[]) => Promise<void>;
  /** Called with the lock held after the migrations, for what else must exist in the schema (the job queue). */
  readonly afterwards: (serviceRole: ServiceRole) => Promise<void>;
}

/**
 * Brings the schema up to date, as its owner. An advisory lock makes replicas that start together take turns: the first
 * migrates, the others find nothing left to do.
 * @throws AppError `unavailable` (server away), `unprocessable` (unsupported major, database newer than this release).
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const lock = await connectOwner(options.owner);
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCKS.migrate]);
    await checkServer(lock);
    const serviceRole = await ensureServiceRole(lock);
    if (!serviceRole.available) {
      options.log.warn(
        { reason: serviceRole.reason },
        'no service role: ledgers are protected by their triggers alone',
      );
    }
    const applied = await applyPending(options);
    await options.afterwards(serviceRole);
    return { applied, serviceRole };
  } finally {
    await lock.end();
  }
}

/** Every migration class of this release, oldest first. */
export async function loadMigrations(): Promise<(new () => MigrationInterface)[]> {
  const directory = new URL('./migrations/', import.meta.url);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.ts')).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, directory).href)));
  return modules.flatMap((module) => Object.values(module) as (new () => MigrationInterface)[]);
}

async function connectOwner(owner: ConnectionSettings): Promise<Client> {
  const client = new Client({ ...driverSettings(owner, 'muster migrate') });
  client.on('error', () => {
    // The next statement on this connection reports the loss.
  });
  try {
    await client.connect();
    return client;
  } catch (thrown) {
    // What answered something else than PostgreSQL does may keep its end of the connection open.
    client.end().catch(() => {});
    throw connectionError(owner, thrown);
  }
}

/** At start-up whoever reads this may have to mend DATABASE_URL, so it says where, and what came from there. */
function connectionError(owner: ConnectionSettings, thrown: unknown): AppError {
  const where = describeConnection(owner);
  const isAnswer = /^[0-9A-Z]{5}$/.test(sqlFailureOf(thrown)?.code ?? '') && !isUnavailable(thrown);
  if (isAnswer) {
    const message = `The database ${where} refuses the connection: ${messageOf(thrown)}`;
    return new AppError('unavailable', 'database-refused', message, { cause: thrown });
  }
  // Several addresses of one name fail together, and the whole has no message of its own.
  const reason = thrown instanceof AggregateError ? thrown.errors.map(messageOf).join(', ') : messageOf(thrown);
  const message = `The database ${where} cannot be reached: ${reason}. Is it a running PostgreSQL?`;
  return new AppError('unavailable', 'database-unavailable', message, { cause: thrown });
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (major < SUPPORTED_MAJORS.oldest || major > SUPPORTED_MAJORS.newest) {
    throw new AppError(
      'unprocessable',
      'unsupported-postgresql',
      `PostgreSQL ${major} is not supported: use ${SUPPORTED_MAJORS.oldest} to ${SUPPORTED_MAJORS.newest}`,
    );
  }
}

async function applyPending(options: MigrateOptions): Promise<string[]> {
  const source = new DataSource({
    ...dataSourceOptions(options.owner, [], { applicationName: 'muster migrate', poolSize: 2, unhurried: true }),
    migrations: await loadMigrations(),
    migrationsTableName: MIGRATIONS_TABLE,
  });
  await source.initialize();
  try {
    const known = new Set(source.migrations.map((migration) => migration.name ?? ''));
    const done = await appliedMigrations(source);
    const foreign = done.filter((name) => !known.has(name));
    if (foreign.length > 0) {
      throw new AppError(
        'unprocessable',
        'newer-schema',
        `The database was migrated by a newer Muster (${foreign.join(', ')}): start that release or newer`,
      );
    }
    const pending = [...known].filter((name) => !done.includes(name));
    if (pending.length === 0) return [];
    if (done.length > 0) await options.beforeUpgrade(pending);
    const applied = await source.runMigrations({ transaction: 'each' });
    return applied.map((migration) => migration.name);
  } finally {
    await source.destroy();
  }
}

async function appliedMigrations(source: DataSource): Promise<string[]> {
  const found: { present: boolean }[] = await source.query('SELECT to_regclass($1) IS NOT NULL AS present', [
    MIGRATIONS_TABLE,
  ]);
  if (!found[0]?.present) return [];
  const rows: { name: string }[] = await source.query(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`);
  return rows.map((row) => row.name);
}
