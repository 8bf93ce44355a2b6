import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { BatchingSocket } from './batching-socket.ts';
import { type ConnectionSettings, driverSettings } from './connection.ts';

/** Connections a process holds; more make a hot row slower, not faster (measured with check-outs). */
const POOL_SIZE = 8;

/** A statement, or a transaction that does nothing, is ended after this. */
const STATEMENT_SECONDS_MAX = 60;

const STATEMENT_LIMITS = {
  statement_timeout: STATEMENT_SECONDS_MAX * 1000,
  idle_in_transaction_session_timeout: STATEMENT_SECONDS_MAX * 1000,
  // A connection that was dropped in silence answers nothing, so the client has to give up by itself, a little later.
  query_timeout: (STATEMENT_SECONDS_MAX + 5) * 1000,
};

/** Where TypeORM notes which migrations have run. */
export const MIGRATIONS_TABLE = 'schema_migration';

/** What differs between the users of a data source. */
export interface DataSourceChoices {
  readonly applicationName: string;
  readonly poolSize?: number;
  /** No limit on the length of a statement: for migrations. */
  readonly unhurried?: boolean;
}

/** What TypeORM needs for one database. Schema changes come from migrations alone: `synchronize` is never on. */
export function dataSourceOptions(
  settings: ConnectionSettings,
  entities: readonly EntitySchema[],
  options: DataSourceChoices,
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
      keepAlive: true,
      // Statements that are sent together need not wait for each other's answers.
      pipeline: true,
      stream: () => new BatchingSocket(),
      ...(options.unhurried ? {} : STATEMENT_LIMITS),
    },
  };
}
