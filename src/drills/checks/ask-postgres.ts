import { type Client, DatabaseError } from 'pg';
import { openSession } from '../../backups/database-session.ts';
import type { ConnectionSettings } from '../../database/connection.ts';
import type { AnsweredRows } from '../expectation.ts';

/** How a database is asked. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
}

/** What came of a question. A problem is the server's word on it. */
export type Answer =
  | { readonly rows: AnsweredRows; readonly problem?: undefined }
  | { readonly problem: string; readonly rows?: undefined };

const QUERY_CANCELED = '57014';

/** Values as the server writes them: what is compared must not depend on a driver. */
const AS_TEXT = { getTypeParser: () => (value: string) => value };

/**
 * Asks one SELECT, in a transaction that only reads and that is rolled back. More than one statement, or one that is no SELECT,
 * is a problem, and so is what takes too long.
 * @throws AppError `unavailable` when the server is not there; the signal's reason.
 */
export async function askPostgres(
  settings: ConnectionSettings,
  query: string,
  rowsMax: number,
  { signal, timeoutSeconds }: Asking,
): Promise<Answer> {
  const client = await openSession(settings, 'muster drill', signal);
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${timeoutSeconds * 1000}`);
    // The extended protocol takes one statement only, and a cursor one that reads.
    await client.query(single(`DECLARE answer NO SCROLL CURSOR FOR ${query}`));
    const { rows } = await client.query({
      ...single(`FETCH ${rowsMax} FROM answer`),
      rowMode: 'array',
      types: AS_TEXT,
    });
    return { rows };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof DatabaseError)) throw thrown;
    return { problem: thrown.code === QUERY_CANCELED ? tookTooLong(timeoutSeconds) : thrown.message };
  } finally {
    await end(client);
  }
}

export function tookTooLong(timeoutSeconds: number): string {
  return `it took longer than ${timeoutSeconds} seconds`;
}

/** The driver's types do not know the mode. */
function single(text: string): { text: string } {
  const query = { text, queryMode: 'extended' };
  return query;
}

async function end(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
