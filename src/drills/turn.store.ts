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

/** Runs that wait and may still begin, in the order in which they do: recoveries before drills, then whoever asked first. */
const WAITING = `
  SELECT id, drill, lower(service) AS service, row_number() OVER (ORDER BY mode <> 'recovery', triggered_at, id) AS place
    FROM drill_run
   WHERE status = 'queued' AND triggered_at + make_interval(secs => start_within_seconds) > clock_timestamp()`;

/**
 * Whether it is a run's turn: no other one goes on of its drill or for its service, none that comes first waits for the same, and
 * this machine has a place free that none of those who come first could take. Whoever asks for the same machine or service waits
 * until the transaction ends, so that the answer holds until then.
 */
export async function isItsTurn(tx: Tx, { runId, drill, service, hostId, drillsAtOnce }: TurnWish): Promise<boolean> {
  const lock = 'SELECT pg_advisory_xact_lock($1, hashtext($2))';
  await tx.execute(lock, [ADVISORY_LOCKS.drillStart, `host ${hostId}`]);
  await tx.execute(lock, [ADVISORY_LOCKS.drillStart, `service ${service.toLowerCase()}`]);
  const [row] = await tx.rows<{ blocked: boolean; taken: number }>(
    `WITH live AS (SELECT drill, lower(service) AS service, host_id FROM drill_run WHERE status = 'running' AND id <> $1),
          waiting AS (${WAITING}),
          ahead AS (SELECT w.drill, w.service FROM waiting w
                     WHERE w.place < coalesce((SELECT place FROM waiting WHERE id = $1), 0)
                       AND NOT EXISTS (SELECT FROM live WHERE live.drill = w.drill OR live.service = w.service))
     SELECT EXISTS (SELECT FROM live WHERE drill = $2 OR service = lower($3))
              OR EXISTS (SELECT FROM ahead WHERE drill = $2 OR service = lower($3)) AS blocked,
            (SELECT count(*) FROM live WHERE host_id = $4)::int + (SELECT count(DISTINCT service) FROM ahead)::int AS taken`,
    [runId, drill, service, hostId],
  );
  return row !== undefined && !row.blocked && row.taken < drillsAtOnce;
}

/** What a queued run waits for, in words; null for any other run. */
export async function waitsFor(db: Queryable, run: DrillRun): Promise<string | null> {
  if (run.status !== 'queued') return null;
  const [ahead] = await db.rows<{ id: string; drill: string; same: boolean; waits: boolean }>(
    `WITH waiting AS (${WAITING})
     SELECT id, drill, drill = $1 OR service = lower($2) AS same, waits
       FROM (SELECT id, drill, lower(service) AS service, false AS waits, 0 AS place FROM drill_run WHERE status = 'running'
             UNION ALL
             SELECT id, drill, service, true, place FROM waiting
              WHERE place < (SELECT place FROM waiting WHERE id = $3)) before
      ORDER BY waits, same DESC, place, id LIMIT 1`,
    [run.drill, run.service, run.id],
  );
  if (ahead === undefined) return 'a worker';
  const other = `run ${ahead.id} of ${ahead.drill}`;
  if (ahead.waits) return `a worker, after ${other}, which comes first`;
  return ahead.same ? `the end of ${other}, for the same service` : `a free worker, while ${other} goes on`;
}
