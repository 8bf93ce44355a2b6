import type { Queryable, Tx } from '../../database/database.ts';
import { newId } from '../../kernel/ids.ts';
import type { AlertRoute, NamedRung } from './alert-route.ts';
import { type Firing, firingsOf } from './ladder.ts';

/** A ladder that has not ended, which nobody else changes until the transaction ends. */
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

/** A ladder with what is left of it. */
export interface HeldLadder extends OpenLadder {
  /** As they were copied, in their order. */
  readonly rungs: readonly NamedRung[];
  readonly pending: readonly PendingFiring[];
}

/** A ladder that is to begin. */
export interface NewLadder {
  readonly alertId: string;
  readonly route: Pick<AlertRoute, 'level' | 'rungs'>;
  /** In milliseconds since 1970. */
  readonly startMs: number;
  /** Nobody is told at first. */
  readonly rests: boolean;
}

/** Begins the ladders of routes: their rungs are copied, and never change for these alerts. In the order of `begun`. */
export async function insertLadders(tx: Tx, begun: readonly NewLadder[]): Promise<HeldLadder[]> {
  if (begun.length === 0) return [];
  const ladders = begun.map(({ alertId, route, startMs, rests }) => ({
    ...{ id: newId(), alertId, level: route.level, startMs, restsSinceMs: rests ? startMs : null, rungs: route.rungs },
    pending: firingsOf(route.rungs, startMs).map((firing) => ({ ...firing, id: newId() })),
  }));
  await tx.execute(
    `INSERT INTO alert_ladder (id, alert_id, level, started_at, rests_since)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::timestamptz[])`,
    [
      ladders.map(({ id }) => id),
      ladders.map(({ alertId }) => alertId),
      ladders.map(({ level }) => level),
      ladders.map(({ startMs }) => new Date(startMs)),
      ladders.map(({ restsSinceMs }) => (restsSinceMs === null ? null : new Date(restsSinceMs))),
    ],
  );
  await insertRungs(tx, ladders);
  await insertFirings(tx, ladders);
  return ladders;
}

async function insertRungs(tx: Tx, ladders: readonly Pick<HeldLadder, 'id' | 'rungs'>[]): Promise<void> {
  const rungs = ladders.flatMap(({ id, rungs: ofLadder }) =>
    ofLadder.map((rung, index) => ({ ...rung, ladderId: id, place: index + 1 })),
  );
  await tx.execute(
    `INSERT INTO alert_ladder_rung (ladder_id, rung, after_seconds, repeats, repeat_every_seconds, roles)
     SELECT r.ladder_id, r.rung, r.after_seconds, r.repeats, r.repeat_every_seconds, r.roles::jsonb
     FROM unnest($1::uuid[], $2::smallint[], $3::integer[], $4::smallint[], $5::integer[], $6::text[])
       AS r (ladder_id, rung, after_seconds, repeats, repeat_every_seconds, roles)`,
    [
      rungs.map(({ ladderId }) => ladderId),
      rungs.map(({ place }) => place),
      rungs.map(({ afterSeconds }) => afterSeconds),
      rungs.map(({ repeats }) => repeats),
      rungs.map(({ repeatEverySeconds }) => repeatEverySeconds),
      rungs.map(({ roles }) => JSON.stringify(roles)),
    ],
  );
}

async function insertFirings(tx: Tx, ladders: readonly Pick<HeldLadder, 'id' | 'pending'>[]): Promise<void> {
  const firings = ladders.flatMap(({ id, pending }) => pending.map((firing) => ({ ...firing, ladderId: id })));
  await tx.execute(
    `INSERT INTO alert_firing (id, ladder_id, rung, repeat, due_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::timestamptz[])`,
    [
      firings.map(({ id }) => id),
      firings.map(({ ladderId }) => ladderId),
      firings.map(({ rung }) => rung),
      firings.map(({ repeat }) => repeat),
      firings.map(({ dueMs }) => new Date(dueMs)),
    ],
  );
}

const OPEN = `SELECT l.id, l.alert_id AS "alertId", (extract(epoch FROM l.rests_since) * 1000)::float8 AS "restsSinceMs"
  FROM alert_ladder l WHERE l.ended_at IS NULL`;

/** The ladders of alerts that have not ended, in one order. */
export async function lockLadders(tx: Tx, alertIds: readonly string[]): Promise<OpenLadder[]> {
  if (alertIds.length === 0) return [];
  const lock = `${OPEN} AND l.alert_id = ANY ($1::uuid[]) ORDER BY l.id FOR NO KEY UPDATE`;
  return tx.rows<OpenLadder>(lock, [alertIds]);
}

/** The ladders among these that go on, in one order; without those that another worker has. */
export async function takeLadders(tx: Tx, ids: readonly string[]): Promise<HeldLadder[]> {
  const open = await tx.rows<OpenLadder>(
    `${OPEN} AND l.id = ANY ($1::uuid[]) AND l.rests_since IS NULL ORDER BY l.id FOR NO KEY UPDATE SKIP LOCKED`,
    [ids],
  );
  return heldLadders(tx, open);
}

/** The firings of ladders that have not been told, in their order. Whoever changes them holds the ladders. */
export function pendingFirings(
  db: Queryable,
  ladderIds: readonly string[],
): Promise<(PendingFiring & { readonly ladderId: string })[]> {
  return db.rows(
    `SELECT id, ladder_id AS "ladderId", rung, repeat, (extract(epoch FROM due_at) * 1000)::float8 AS "dueMs"
     FROM alert_firing WHERE ladder_id = ANY ($1::uuid[]) AND state = 'pending' ORDER BY due_at, rung, repeat`,
    [ladderIds],
  );
}

/** Reads what is left of ladders, in their order. */
export async function heldLadders(tx: Tx, open: readonly OpenLadder[]): Promise<HeldLadder[]> {
  if (open.length === 0) return [];
  const ids = open.map(({ id }) => id);
  const rungs = await tx.rows<NamedRung & { readonly ladderId: string }>(
    `SELECT ladder_id AS "ladderId", after_seconds AS "afterSeconds", repeats, repeat_every_seconds AS "repeatEverySeconds",
       roles
     FROM alert_ladder_rung WHERE ladder_id = ANY ($1::uuid[]) ORDER BY ladder_id, rung`,
    [ids],
  );
  const firings = await pendingFirings(tx, ids);
  const [rungsOf, firingsLeft] = [
    Map.groupBy(rungs, ({ ladderId }) => ladderId),
    Map.groupBy(firings, ({ ladderId }) => ladderId),
  ];
  return open.map((one) => ({ ...one, rungs: rungsOf.get(one.id) ?? [], pending: firingsLeft.get(one.id) ?? [] }));
}

/** Makes firings that tell the rung again that was told last (the first, before any was), because a reminder is due. */
export async function insertReminders(
  tx: Tx,
  ladders: readonly { readonly id: string; readonly atMs: number }[],
): Promise<ReadonlyMap<string, PendingFiring>> {
  const rows = await tx.rows<PendingFiring & { readonly ladderId: string }>(
    `INSERT INTO alert_firing (id, ladder_id, rung, due_at)
     SELECT n.id, n.ladder_id, coalesce(
       (SELECT max(f.rung) FROM alert_firing f WHERE f.ladder_id = n.ladder_id AND f.state = 'told'), 1), n.due_at
     FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (id, ladder_id, due_at)
     RETURNING id, ladder_id AS "ladderId", rung, 0 AS repeat, (extract(epoch FROM due_at) * 1000)::float8 AS "dueMs"`,
    [ladders.map(() => newId()), ladders.map(({ id }) => id), ladders.map(({ atMs }) => new Date(atMs))],
  );
  return new Map(rows.map(({ ladderId, ...firing }) => [ladderId, firing]));
}

/** Lets ladders rest from an instant on, unless they do; never from before they began, since clocks may differ. */
export async function restLadders(
  tx: Tx,
  ladders: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  if (ladders.length === 0) return;
  await tx.execute(
    `UPDATE alert_ladder l SET rests_since = greatest(l.started_at, n.at)
     FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
     WHERE l.id = n.id AND l.ended_at IS NULL AND l.rests_since IS NULL`,
    [ladders.map(({ id }) => id), ladders.map(({ atMs }) => new Date(atMs))],
  );
}

/** Lets ladders go on. */
export async function wakeLadders(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute('UPDATE alert_ladder SET rests_since = NULL WHERE id = ANY ($1::uuid[]) AND ended_at IS NULL', [
    ids,
  ]);
}

/** A ladder that ends for good. */
export interface EndedLadder {
  readonly id: string;
  readonly by: 'raised' | 'closed';
  /** In milliseconds since 1970. */
  readonly atMs: number;
}

/** Ends ladders for good: what they have not told, they do not tell. */
export async function endLadders(tx: Tx, ended: readonly EndedLadder[]): Promise<void> {
  if (ended.length === 0) return;
  const ids = ended.map(({ id }) => id);
  const times = ended.map(({ atMs }) => new Date(atMs));
  await tx.execute(
    `UPDATE alert_firing f SET state = 'stopped', done_at = n.at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
     WHERE f.ladder_id = n.id AND f.state = 'pending'`,
    [ids, times],
  );
  await tx.execute(
    `UPDATE alert_ladder l SET ended_at = greatest(l.started_at, n.at), ended_by = n.by
     FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS n (id, by, at) WHERE l.id = n.id AND l.ended_at IS NULL`,
    [ids, ended.map(({ by }) => by), times],
  );
}
