import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { type ConnectionSettings, driverSettings } from './connection.ts';

/** Connections a process holds; more make a hot row slower, not faster (measured with check-outs). */
const POOL_SIZE = 8;

/** Where TypeORM notes which migrations have run. */
export const MIGRATIONS_TABLE = 'schema_migration';

/** What TypeORM needs for one database. Schema changes come from migrations alone: `synchronize` is never on. */
export function dataSourceOptions(
  settings: ConnectionSettings,
  entities: readonly EntitySchema[],
  options: { readonly applicationName: string; readonly poolSize?: number },
): DataSourceOptions {
  const { host, port, database, user, password, ssl, ...extra } = driverSettings(settings, options.applicationName);
  return {
    type: 'postgres',
    host,
    port,
    database,
    username: user,
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
    entities: [...entities],
    synchronize: false,
    logging: false,
    installExtensions: false,
    poolErrorHandler: () => {
      // An idle connection died: the pool replaces it, and the next statement reports the truth.
    },
    extra: {
      ...extra,
      max: options.poolSize ?? POOL_SIZE,
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 60_000,
    },
  };
}
