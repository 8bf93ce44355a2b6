import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { BreachCause, NewBreachCause } from './breach-cause.ts';

/** Entries of one clock; whoever is wrong a hundred times knows nothing of it. */
const ENTRIES_MAX = 100;

/** What was stated of a clock, the first entry first; `after` continues behind an entry. */
export async function breachCausesOf(
  db: Queryable,
  clockId: string,
  page: { readonly limit: number; readonly after?: number | undefined },
): Promise<BreachCause[]> {
  return db.rows<BreachCause>(
    `SELECT c.seq, c.cause, c.note, jsonb_build_object('id', b.id, 'name', b.name) AS by,
       trunc(extract(epoch FROM c.created_at) * 1000)::float8 AS "statedAtMs"
     FROM sla_breach_cause c JOIN principal b ON b.id = c.by_id WHERE c.clock_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3`,
    [clockId, page.after ?? 0, page.limit],
  );
}

/**
 * Appends what somebody states of a clock. @returns the entry, without whose it is.
 * @throws AppError `unprocessable` `clock-not-breached`; `conflict` `cause-stated` when somebody was faster, `too-many-causes`.
 */
export async function insertBreachCause(
  tx: Tx,
  clockId: string,
  { cause, note }: NewBreachCause,
  byId: string,
): Promise<Omit<BreachCause, 'by'>> {
  const errors = {
    sla_breach_cause_of_breach: clockNotBreached,
    sla_breach_cause_pkey: () =>
      new AppError('conflict', 'cause-stated', 'Somebody else has just stated a cause: read it and decide again'),
    sla_breach_cause_seq: () =>
      new AppError('conflict', 'too-many-causes', `The clock has ${ENTRIES_MAX} entries: no more are kept`),
  };
  const [row] = await mapConstraints(errors, () =>
    tx.rows<Pick<BreachCause, 'seq' | 'statedAtMs'>>(
      `INSERT INTO sla_breach_cause (clock_id, seq, cause, note, by_id)
       SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4 FROM sla_breach_cause WHERE clock_id = $1
       RETURNING seq, trunc(extract(epoch FROM created_at) * 1000)::float8 AS "statedAtMs"`,
      [clockId, cause, note, byId],
    ),
  );
  if (!row) throw new Error('INSERT ... RETURNING answered no row');
  return { ...row, cause, note };
}

/** The error for a clock that was in time, or still can be. */
export const clockNotBreached = () =>
  new AppError('unprocessable', 'clock-not-breached', 'The clock is not breached: there is no cause to state');
