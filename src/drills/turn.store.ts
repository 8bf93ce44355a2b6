import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Queryable, Tx } from '../database/database.ts';
import type { DrillRun } from './run.ts';

/** What decides whether a run may begin. */
export interface TurnWish {
  readonly runId: string;
  readonly drill: string;
  /** As the register or the definition names it; case does not matter. */
  readonly service: string;
  readonly hostId: string;
  /** How many drills this machine carries out at once. */
  readonly drillsAtOnce: number;
}

/**
 * Whether it is a run's turn: no other one goes on of its drill or for its service, and this machine has a place free. Whoever
 * asks for the same machine or service waits until the transaction ends, so that the answer holds until then.
 */
export async function isItsTurn(tx: Tx, { runId, drill, service, hostId, drillsAtOnce }: TurnWish): Promise<boolean> {
  const lock = 'SELECT pg_advisory_xact_lock($1, hashtext($2))';
  await tx.execute(lock, [ADVISORY_LOCKS.drillStart, `host ${hostId}`]);
  await tx.execute(lock, [ADVISORY_LOCKS.drillStart, `service ${service.toLowerCase()}`]);
  const [row] = await tx.rows<{ blocked: boolean; here: number }>(
    `SELECT coalesce(bool_or(drill = $2 OR lower(service) = lower($3)), false) AS blocked,
            count(*) FILTER (WHERE host_id = $4)::int AS here
       FROM drill_run WHERE status = 'running' AND id <> $1`,
    [runId, drill, service, hostId],
  );
  return row !== undefined && !row.blocked && row.here < drillsAtOnce;
}

/** What a queued run waits for, in words; null for any other run. */
export async function waitsFor(db: Queryable, run: DrillRun): Promise<string | null> {
  if (run.status !== 'queued') return null;
  const [ahead] = await db.rows<{ id: string; drill: string; same: boolean }>(
    `SELECT id, drill, drill = $1 OR lower(service) = lower($2) AS same
       FROM drill_run WHERE status = 'running' ORDER BY same DESC, id LIMIT 1`,
    [run.drill, run.service],
  );
  if (ahead === undefined) return 'a worker';
  const other = `run ${ahead.id} of ${ahead.drill}`;
  return ahead.same ? `the end of ${other}, for the same service` : `a free worker, while ${other} goes on`;
}
