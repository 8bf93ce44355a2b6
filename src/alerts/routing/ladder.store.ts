import type { Queryable, Tx } from '../../database/database.ts';
import { newId } from '../../kernel/ids.ts';
import type { AlertRoute, NamedRung } from './alert-route.ts';
import type { DutyHolder } from './duty-role.ts';
import { type Firing, firingsOf } from './ladder.ts';

/** A ladder that has not ended. */
export interface OpenLadder {
  readonly id: string;
  readonly alertId: string;
  /** Since when nobody is told, in milliseconds since 1970; null: it goes on. */
  readonly restsSinceMs: number | null;
}

/** A firing that has not been told. */
export interface PendingFiring extends Firing {
  readonly id: string;
}

/** Begins the ladder of a route: its rungs are copied, and never change for this alert. */
export async function insertLadder(
  tx: Tx,
  alertId: string,
  { level, rungs }: Pick<AlertRoute, 'level' | 'rungs'>,
  startMs: number,
): Promise<OpenLadder> {
  const id = newId();
  await tx.execute('INSERT INTO alert_ladder (id, alert_id, level, started_at) VALUES ($1, $2, $3, $4)', [
    ...[id, alertId, level, new Date(startMs)],
  ]);
  await tx.execute(
    `INSERT INTO alert_ladder_rung (ladder_id, rung, after_seconds, repeats, repeat_every_seconds, roles)
     SELECT $1, r.place, r."afterSeconds", r.repeats, r."repeatEverySeconds", r.roles
     FROM ROWS FROM (jsonb_to_recordset($2::jsonb)
       AS ("afterSeconds" integer, repeats integer, "repeatEverySeconds" integer, roles jsonb))
       WITH ORDINALITY AS r ("afterSeconds", repeats, "repeatEverySeconds", roles, place)`,
    [id, JSON.stringify(rungs)],
  );
  await insertFirings(tx, id, firingsOf(rungs, startMs));
  return { id, alertId, restsSinceMs: null };
}

async function insertFirings(tx: Tx, ladderId: string, firings: readonly Firing[]): Promise<void> {
  await tx.execute(
    `INSERT INTO alert_firing (id, ladder_id, rung, repeat, due_at)
     SELECT f.id, $1, f.rung, f.repeat, f.due_at
     FROM unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::timestamptz[]) AS f (id, rung, repeat, due_at)`,
    [
      ladderId,
      firings.map(() => newId()),
      firings.map(({ rung }) => rung),
      firings.map(({ repeat }) => repeat),
      firings.map(({ dueMs }) => new Date(dueMs)),
    ],
  );
}

const OPEN = `SELECT l.id, l.alert_id AS "alertId", (extract(epoch FROM l.rests_since) * 1000)::float8 AS "restsSinceMs"
  FROM alert_ladder l WHERE l.ended_at IS NULL`;

/** The ladder of an alert that has not ended, which nobody else changes until the transaction ends. */
export async function lockLadderOf(tx: Tx, alertId: string): Promise<OpenLadder | undefined> {
  const [ladder] = await tx.rows<OpenLadder>(`${OPEN} AND l.alert_id = $1 FOR NO KEY UPDATE`, [alertId]);
  return ladder;
}

/** A ladder that goes on; undefined when it has ended, rests, or another worker has it. */
export async function takeLadder(tx: Tx, id: string): Promise<OpenLadder | undefined> {
  const [ladder] = await tx.rows<OpenLadder>(
    `${OPEN} AND l.id = $1 AND l.rests_since IS NULL FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return ladder;
}

/** The rungs of a ladder as they were copied, in their order. */
export function frozenRungs(db: Queryable, ladderId: string): Promise<NamedRung[]> {
  return db.rows<NamedRung>(
    `SELECT after_seconds AS "afterSeconds", repeats, repeat_every_seconds AS "repeatEverySeconds", roles
     FROM alert_ladder_rung WHERE ladder_id = $1 ORDER BY rung`,
    [ladderId],
  );
}

/** The firings of a ladder that have not been told. The caller holds the ladder. */
export function pendingFirings(tx: Tx, ladderId: string): Promise<PendingFiring[]> {
  return tx.rows<PendingFiring>(
    `SELECT id, rung, repeat, (extract(epoch FROM due_at) * 1000)::float8 AS "dueMs"
     FROM alert_firing WHERE ladder_id = $1 AND state = 'pending' ORDER BY due_at, rung, repeat`,
    [ladderId],
  );
}

/** Sets when pending firings are due. */
export async function moveFirings(tx: Tx, firings: readonly PendingFiring[]): Promise<void> {
  if (firings.length === 0) return;
  await tx.execute(
    `UPDATE alert_firing f SET due_at = n.due_at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, due_at)
     WHERE f.id = n.id AND f.state = 'pending'`,
    [firings.map(({ id }) => id), firings.map(({ dueMs }) => new Date(dueMs))],
  );
}

/** Notes that firings are not told: another one stands for them, or the ladder has ended. */
export async function dropFirings(
  tx: Tx,
  state: 'skipped' | 'stopped',
  firings: readonly PendingFiring[],
  atMs: number,
): Promise<void> {
  if (firings.length === 0) return;
  await tx.execute(
    `UPDATE alert_firing SET state = $2, done_at = $3 WHERE id = ANY ($1::uuid[]) AND state = 'pending'`,
    [firings.map(({ id }) => id), state, new Date(atMs)],
  );
}

/** What is noted of a firing that is told. */
export interface ToldFiring {
  readonly id: string;
  readonly atMs: number;
  readonly isLate: boolean;
  /** Its roles have found nobody; whom it told then stands in for them. */
  readonly isNobody: boolean;
  readonly missing: readonly string[];
}

/** Notes that a firing is told. @returns false when it was told, or stopped, before. */
export async function claimFiring(tx: Tx, { id, atMs, isLate, isNobody, missing }: ToldFiring): Promise<boolean> {
  const claim = `UPDATE alert_firing SET state = 'told', done_at = $2, late = $3, nobody = $4, missing = $5
    WHERE id = $1 AND state = 'pending'`;
  return (await tx.execute(claim, [id, new Date(atMs), isLate, isNobody, missing])) > 0;
}

/** Notes who was told by a firing. */
export async function insertTold(
  tx: Tx,
  firingId: string,
  holders: readonly DutyHolder[],
  atMs: number,
): Promise<void> {
  await tx.execute(
    `INSERT INTO alert_told (firing_id, principal_id, because, told_at)
     SELECT $1, t.id, t.because, $4 FROM unnest($2::uuid[], $3::text[]) AS t (id, because)`,
    [firingId, holders.map(({ id }) => id), holders.map(({ because }) => because), new Date(atMs)],
  );
}

/** Makes a firing that tells the rung again that was told last (the first, before any was), because a reminder is due. */
export async function insertReminder(tx: Tx, ladderId: string, atMs: number): Promise<PendingFiring> {
  const id = newId();
  const [made] = await tx.rows<{ rung: number }>(
    `INSERT INTO alert_firing (id, ladder_id, rung, due_at)
     SELECT $1, $2, coalesce(max(f.rung) FILTER (WHERE f.state = 'told'), 1), $3 FROM alert_firing f WHERE f.ladder_id = $2
     RETURNING rung`,
    [id, ladderId, new Date(atMs)],
  );
  return { id, rung: made?.rung ?? 1, repeat: 0, dueMs: atMs };
}

/** Lets a ladder rest from an instant on, unless it does; never from before it began, since clocks may differ. */
export async function restLadder(tx: Tx, id: string, atMs: number): Promise<void> {
  const rest = `UPDATE alert_ladder SET rests_since = greatest(started_at, $2)
    WHERE id = $1 AND ended_at IS NULL AND rests_since IS NULL`;
  await tx.execute(rest, [id, new Date(atMs)]);
}

/** Lets a ladder go on. */
export async function wakeLadder(tx: Tx, id: string): Promise<void> {
  await tx.execute('UPDATE alert_ladder SET rests_since = NULL WHERE id = $1 AND ended_at IS NULL', [id]);
}

/** Ends a ladder for good. */
export async function endLadder(tx: Tx, id: string, by: 'raised' | 'closed', atMs: number): Promise<void> {
  const end = `UPDATE alert_ladder SET ended_at = greatest(started_at, $3), ended_by = $2
    WHERE id = $1 AND ended_at IS NULL`;
  await tx.execute(end, [id, by, new Date(atMs)]);
}
