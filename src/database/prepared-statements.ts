import { sqlFailureOf } from './sqlstate.ts';

/** A statement that was sent so often is worth keeping on the server. */
const USES_BEFORE = 5;

/** Statements kept on each connection, and texts that are counted: what is built anew each time must not fill the memory. */
const KEPT_MAX = 250;
const COUNTED_MAX = 1000;

/**
 * Names for the statements of transactions that are sent again and again, so that the server reads and plans each of them
 * once for a connection. PostgreSQL itself goes on planning for the values where a plan for all values would cost more.
 */
export class PreparedStatements {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #isOff = false;

  /** The name to send it under; undefined while it is sent as it is. */
  nameOf(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined) return name;
    if (this.#isOff || this.#names.size >= KEPT_MAX) return undefined;
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    if (uses > USES_BEFORE) {
      this.#uses.delete(sql);
      this.#names.set(sql, `muster_${this.#names.size}`);
    } else if (uses > 1 || this.#uses.size < COUNTED_MAX) {
      this.#uses.set(sql, uses);
    }
    return this.#names.get(sql);
  }

  /** Names no statement any more: something between here and the server does not keep them. */
  turnOff(): void {
    this.#isOff = true;
    this.#names.clear();
  }
}

/**
 * True when a kept statement is not there, is another one (both behind a pooler that hands every transaction another
 * connection), or when a migration has changed what it answers. Nothing has been done then, and without names it works.
 */
export function isPreparedStatementLost(thrown: unknown): boolean {
  const failure = sqlFailureOf(thrown);
  if (failure === undefined) return false;
  const { code, message } = failure;
  return code === '26000' || code === '42P05' || (code === '0A000' && message.includes('cached plan'));
}
