import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntitySchema, type ObjectLiteral, type Repository } from 'typeorm';
import type { ConnectionSettings } from './connection.ts';
import { type DataSourceChoices, dataSourceOptions } from './data-source.ts';
import { OpenTransaction, type TransactionParts, withConnection } from './open-transaction.ts';
import { isPreparedStatementLost, PreparedStatements } from './prepared-statements.ts';
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
  /**
   * Sends a statement that nobody needs the answer of, without waiting: it goes out with the next one or with the commit.
   * When it fails, the transaction fails with its error, at the latest at the commit.
   */
  defer(sql: string, parameters?: readonly unknown[]): void;
  /**
   * Sends rows by a `COPY ... FROM STDIN`, in the form that it says, as they come: in bounded memory, while the server takes
   * those before. Nobody sends another statement of the transaction meanwhile. When a piece cannot be made, nothing of it
   * stays and the transaction has failed.
   * @returns how many rows there were.
   */
  copyIn(sql: string, pieces: AsyncIterable<string>): Promise<number>;
  /** Runs a part of the transaction's work that may fail: when it throws, all of it is undone, and the transaction goes on. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
}

/** How a transaction begins. */
export interface TransactionChoices<Opened> {
  /** The server ends a statement that runs longer; asked anew when the transaction begins. */
  readonly statementMsMax?: () => number;
  /**
   * Its statements find few rows by their keys, so that one plan suits all values: the server plans each of them once for a
   * connection. Planning a large one costs more than carrying it out.
   */
  readonly isByKeys?: boolean;
  /**
   * Statements that go out together with `BEGIN`; `work` gets what it answers. It must leave nothing behind where there is
   * no transaction: should `BEGIN` alone fail, each of its statements would stand by itself.
   */
  readonly opening?: (tx: Tx) => Promise<Opened>;
}

/** Attempts at one transaction that meets 40001 or 40P01 before the failure is passed on. */
const MAX_ATTEMPTS = 6;

/** A pool of connections to one database, under the service's role. */
export class Database implements Queryable {
  readonly #source: DataSource;
  readonly #pool: Pool;
  readonly #prepared = new PreparedStatements();
  readonly #parts: TransactionParts;

  private constructor(source: DataSource) {
    this.#source = source;
    // Sound: the driver for PostgreSQL keeps its pool of pg there. TypeORM's own way to it costs as much as a statement.
    this.#pool = (source.driver as unknown as { master: Pool }).master;
    this.#parts = {
      prepared: this.#prepared,
      repositoryOn: (client, entity) => repositoryOn(source, client, entity),
    };
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
  async transaction<T, Opened = undefined>(
    work: (tx: Tx, opened: NoInfer<Opened>) => Promise<T>,
    choices: TransactionChoices<Opened> = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withConnection(this.#pool, (client) => this.#attempt(client, work, choices));
      } catch (thrown) {
        if (isUnavailable(thrown)) throw databaseUnavailable(thrown);
        if (attempt >= MAX_ATTEMPTS) throw thrown;
        if (isPreparedStatementLost(thrown)) this.#prepared.turnOff();
        else if (isRetryable(thrown)) await delay(Math.random() * 10 * 2 ** attempt);
        else throw thrown;
      }
    }
  }

  async #attempt<T, Opened>(
    client: PoolClient,
    work: (tx: Tx, opened: Opened) => Promise<T>,
    choices: TransactionChoices<Opened>,
  ): Promise<T> {
    const transaction = new OpenTransaction(client, this.#parts);
    // Sound: only this function brands one.
    const tx = transaction as unknown as Tx;
    try {
      const begun = client.query(beginning(choices));
      const [opened] = await Promise.all([choices.opening?.(tx), begun]);
      // Sound: without `opening`, Opened is undefined.
      const result = await work(tx, opened as Opened);
      await transaction.commit();
      return result;
    } catch (thrown) {
      await transaction.rollBack();
      throw await transaction.causeOf(thrown);
    }
  }

  async rows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#statement(sql, parameters)).rows as Row[];
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return (await this.#statement(sql, parameters)).rowCount ?? 0;
  }

  repository<Entity extends ObjectLiteral>(entity: EntitySchema<Entity>): Repository<Entity> {
    return this.#source.getRepository(entity);
  }

  // Without a name: a plan for all values suits a list less than one for its values.
  async #statement(sql: string, parameters: readonly unknown[]) {
    try {
      return await withConnection(this.#pool, (client) => client.query(sql, [...parameters]));
    } catch (thrown) {
      throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
    }
  }
}

function beginning({ statementMsMax, isByKeys }: TransactionChoices<unknown>): string {
  return [
    'BEGIN',
    ...(statementMsMax ? [`SET LOCAL statement_timeout = ${Math.trunc(statementMsMax())}`] : []),
    ...(isByKeys ? ['SET LOCAL plan_cache_mode = force_generic_plan'] : []),
  ].join('; ');
}

/** TypeORM works on the transaction's connection, and knows that it is in one: it begins and commits none of its own. */
function repositoryOn<Entity extends ObjectLiteral>(
  source: DataSource,
  client: PoolClient,
  entity: EntitySchema<Entity>,
): Repository<Entity> {
  const runner = source.createQueryRunner();
  Object.assign(runner, { databaseConnection: client, isTransactionActive: true, transactionDepth: 1 });
  return runner.manager.getRepository(entity);
}
