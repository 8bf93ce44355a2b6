import type { Pool, PoolClient, QueryResult } from 'pg';
import type { EntitySchema, ObjectLiteral, Repository } from 'typeorm';
import { CopyIn } from './copy-in.ts';
import type { PreparedStatements } from './prepared-statements.ts';
import { sqlFailureOf } from './sqlstate.ts';

/** Lends a connection of the pool to `use`. One that broke meanwhile, or is still in a transaction, is not used again. */
export async function withConnection<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await use(client);
  } finally {
    client.off('error', onError);
    client.release(broken ?? client.getTransactionStatus() !== 'I');
  }
}

/** What a transaction needs from the database that it runs on. */
export interface TransactionParts {
  readonly prepared: PreparedStatements;
  /** A repository that works through this connection. */
  repositoryOn<Entity extends ObjectLiteral>(client: PoolClient, entity: EntitySchema<Entity>): Repository<Entity>;
}

/**
 * A transaction on one connection. Statements that are sent without waiting for each other are on their way together; the
 * server carries them out in their order, each seeing what was committed before it began.
 */
export class OpenTransaction {
  readonly #client: PoolClient;
  readonly #parts: TransactionParts;
  readonly #deferred: Promise<unknown>[] = [];
  #isOver = false;

  constructor(client: PoolClient, parts: TransactionParts) {
    this.#client = client;
    this.#parts = parts;
  }

  async rows<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return (await this.#send(sql, parameters)).rows as Row[];
  }

  async execute(sql: string, parameters?: readonly unknown[]): Promise<number> {
    return (await this.#send(sql, parameters)).rowCount ?? 0;
  }

  defer(sql: string, parameters?: readonly unknown[]): void {
    const sent = this.#send(sql, parameters);
    // Its failure comes up at the commit; if something else fails first, nobody asks for it.
    sent.catch(() => undefined);
    this.#deferred.push(sent);
  }

  async copyIn(sql: string, pieces: AsyncIterable<string>): Promise<number> {
    this.#requireOpen();
    await Promise.all(this.#deferred);
    const client: PoolClient & { pipeline?: boolean } = this.#client;
    // The driver lets no COPY into its pipeline, where other statements could be sent behind it. Here it is alone.
    client.pipeline = false;
    try {
      return await copied(client, sql, pieces);
    } finally {
      client.pipeline = true;
    }
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#deferred.length;
    await this.execute('SAVEPOINT attempt');
    try {
      const result = await work();
      await Promise.all(this.#deferred.slice(before));
      await this.execute('RELEASE SAVEPOINT attempt');
      return result;
    } catch (thrown) {
      const cause = await this.causeOf(thrown);
      // What it had sent without waiting is undone with it, and fails nobody any more.
      this.#deferred.splice(before);
      await this.execute('ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt');
      throw cause;
    }
  }

  repository<Entity extends ObjectLiteral>(entity: EntitySchema<Entity>): Repository<Entity> {
    return this.#parts.repositoryOn(this.#client, entity);
  }

  /** @throws Error when a statement had failed and nobody said so: the server has rolled back then. */
  async commit(): Promise<void> {
    const committed = this.#client.query('COMMIT');
    this.#isOver = true;
    const outcomes = await Promise.all([committed, ...this.#deferred]);
    if ((outcomes[0] as QueryResult).command !== 'COMMIT') {
      throw new Error('A statement of the transaction failed and its failure was passed over: nothing was committed');
    }
  }

  async rollBack(): Promise<void> {
    this.#isOver = true;
    // When this fails the connection is broken, and the server rolls back by itself.
    await this.#client.query('ROLLBACK').catch(() => undefined);
  }

  /** What made the transaction fail, when `thrown` only says that it had failed. */
  async causeOf(thrown: unknown): Promise<unknown> {
    if (sqlFailureOf(thrown)?.code !== '25P02') return thrown;
    const outcomes = await Promise.allSettled(this.#deferred);
    return outcomes.find((outcome) => outcome.status === 'rejected')?.reason ?? thrown;
  }

  async #send(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    this.#requireOpen();
    if (parameters.length === 0) return this.#client.query(sql);
    const name = this.#parts.prepared.nameOf(sql);
    return this.#client.query({ text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) });
  }

  #requireOpen(): void {
    if (this.#isOver) throw new Error('The transaction is over: a statement of it was not waited for');
  }
}

async function copied(client: PoolClient, sql: string, pieces: AsyncIterable<string>): Promise<number> {
  const copy = await CopyIn.begin(client, sql);
  try {
    for await (const piece of pieces) await copy.write(Buffer.from(piece));
  } catch (thrown) {
    await copy.fail('the rows could not be made');
    throw thrown;
  }
  return copy.end();
}
