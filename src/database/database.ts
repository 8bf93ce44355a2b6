import { setTimeout as delay } from 'node:timers/promises';
import {
  DataSource,
  type EntityManager,
  type EntitySchema,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import type { ConnectionSettings } from './connection.ts';
import { type DataSourceChoices, dataSourceOptions } from './data-source.ts';
import { databaseUnavailable, isRetryable, isUnavailable } from './sqlstate.ts';

/** Something that can be asked: the database itself (each statement alone) or a transaction. */
export interface Queryable {
  /** Runs one statement and answers its rows, also for `INSERT|UPDATE|DELETE ... RETURNING`. bigint and numeric are strings. */
  rows<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Runs one statement and answers how many rows it touched. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  repository<Entity extends ObjectLiteral>(entity: EntitySchema<Entity>): Repository<Entity>;
}

declare const transactionBrand: unique symbol;

/** An open transaction. Only {@link Database.transaction} makes one, so a function that takes a `Tx` joins its caller's. */
export interface Tx extends Queryable {
  readonly [transactionBrand]: true;
}

/** Attempts at one transaction that meets 40001 or 40P01 before the failure is passed on. */
const MAX_ATTEMPTS = 6;

/** A pool of connections to one database, under the service's role. */
export class Database implements Queryable {
  readonly #source: DataSource;

  private constructor(source: DataSource) {
    this.#source = source;
  }

  /**
   * Connects a pool.
   * @throws AppError `unavailable` when the server cannot be reached.
   */
  static async connect(
    settings: ConnectionSettings,
    entities: readonly EntitySchema[],
    options: DataSourceChoices,
  ): Promise<Database> {
    const source = new DataSource(dataSourceOptions(settings, entities, options));
    try {
      await source.initialize();
    } catch (thrown) {
      throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
    }
    return new Database(source);
  }

  async close(): Promise<void> {
    if (this.#source.isInitialized) await this.#source.destroy();
  }

  /**
   * Runs `work` in one READ COMMITTED transaction and commits it. A deadlock or serialisation failure starts `work` again
   * from its beginning in a new transaction, so `work` must have no effect outside the database.
   * @throws AppError `unavailable` when the database is away; whatever `work` throws otherwise, after rolling back.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#source.transaction((manager) => work(asTransaction(manager)));
      } catch (thrown) {
        if (isUnavailable(thrown)) throw databaseUnavailable(thrown);
        if (!isRetryable(thrown) || attempt >= MAX_ATTEMPTS) throw thrown;
        await delay(Math.random() * 10 * 2 ** attempt);
      }
    }
  }

  async rows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#statement(sql, parameters)).records as Row[];
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return (await this.#statement(sql, parameters)).affected ?? 0;
  }

  repository<Entity extends ObjectLiteral>(entity: EntitySchema<Entity>): Repository<Entity> {
    return this.#source.getRepository(entity);
  }

  async #statement(sql: string, parameters: readonly unknown[]) {
    const runner = this.#source.createQueryRunner();
    try {
      return await runner.query(sql, [...parameters], true);
    } catch (thrown) {
      throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
    } finally {
      await runner.release();
    }
  }
}

function asTransaction(manager: EntityManager): Tx {
  const runner = manager.queryRunner as QueryRunner;
  const statement = (sql: string, parameters: readonly unknown[] = []) => runner.query(sql, [...parameters], true);
  const queryable: Queryable = {
    rows: async <Row>(sql: string, parameters?: readonly unknown[]) =>
      (await statement(sql, parameters)).records as Row[],
    execute: async (sql, parameters) => (await statement(sql, parameters)).affected ?? 0,
    repository: (entity) => manager.getRepository(entity),
  };
  return queryable as Tx;
}
