import type { Database, Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Signal } from '../signals/signal.ts';
import type { SeriesValue } from './pushed.ts';

/** Series that are kept; a sender whose labels change all the time must not fill the database. */
const SERIES_MAX = 100_000;

/** Series of which nothing is known for so long are forgotten. */
const FORGET_DAYS = 30;

/**
 * Writes the newest values of series, each of which is in the list once. A value that is not older than the one that is there is
 * taken; of the same moment the first one stays, and holds for longer.
 * @returns the places in the list of those that were taken.
 * @throws AppError `conflict` `too-many-series`.
 */
export async function writeSeries(tx: Tx, callerId: string, values: readonly SeriesValue[]): Promise<Set<number>> {
  const rows = await tx.rows<{ readonly name: string; readonly key: string; readonly isNew: boolean }>(
    `INSERT INTO signal_series AS s (id, name, series_key, title, service_id, value, valued_at, holds_until, pushed_by)
     SELECT gen_random_uuid(), n.name, n.series_key, n.title, n.service_id, n.value, n.valued_at, n.holds_until, $1
     FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::float8[], $7::timestamptz[], $8::timestamptz[])
       AS n (name, series_key, title, service_id, value, valued_at, holds_until)
     ORDER BY n.name, n.series_key
     ON CONFLICT (name, series_key) DO UPDATE SET
       value = CASE WHEN excluded.valued_at > s.valued_at THEN excluded.value ELSE s.value END,
       title = excluded.title, service_id = excluded.service_id, valued_at = excluded.valued_at,
       holds_until = greatest(s.holds_until, excluded.holds_until), pushed_at = clock_timestamp(), pushed_by = excluded.pushed_by
     WHERE excluded.valued_at >= s.valued_at
     RETURNING s.name, s.series_key AS key, s.xmax = 0 AS "isNew"`,
    [
      callerId,
      values.map(({ name }) => name),
      values.map(({ seriesKey }) => seriesKey),
      values.map(({ title }) => title),
      values.map(({ serviceId }) => serviceId),
      values.map(({ value }) => value),
      values.map(({ valuedAtMs }) => new Date(valuedAtMs)),
      values.map(({ holdsUntilMs }) => new Date(holdsUntilMs)),
    ],
  );
  if (rows.some(({ isNew }) => isNew)) await requireRoom(tx);
  const taken = new Set(rows.map(({ name, key }) => `${name} ${key}`));
  return new Set(values.flatMap(({ name, seriesKey }, place) => (taken.has(`${name} ${seriesKey}`) ? [place] : [])));
}

async function requireRoom(tx: Tx): Promise<void> {
  const [row] = await tx.rows<{ readonly count: string }>('SELECT count(*) FROM signal_series');
  if (Number(row?.count) <= SERIES_MAX) return;
  const message = `There would be more than ${SERIES_MAX.toLocaleString('en')} series: push fewer, with fewer labels`;
  throw new AppError('conflict', 'too-many-series', message);
}

/** Forgets series that stopped long ago; what they have opened is closed. @returns how many. */
export function purgeStoppedSeries(db: Database): Promise<number> {
  return db.execute('DELETE FROM signal_series WHERE holds_until < now() - make_interval(days => $1)', [FORGET_DAYS]);
}

/** The series of a name as a signal: nothing is known of one whose last value holds no more. */
export function pushedSignal(name: string): Signal {
  return {
    name: `push:${name}`,
    title: `Pushed series ${name}`,
    unit: 'count',
    read: ({ db, nowMs }) => readSeries(db, name, nowMs),
  };
}

async function readSeries(db: Queryable, name: string, nowMs: number) {
  const rows = await db.rows<SeriesRow>(
    `SELECT id, title, service_id AS "serviceId", value, holds_until > $2 AS "holds", valued_at AS "valuedAt"
     FROM signal_series WHERE name = $1`,
    [name, new Date(nowMs)],
  );
  return rows.map(({ id, title, serviceId, value, holds, valuedAt }) => {
    const about = { subject: { kind: 'series', id, name: title }, serviceId };
    if (holds) return { ...about, value };
    return { ...about, value: null, reason: `nothing came since ${valuedAt.toISOString()}` };
  });
}

interface SeriesRow {
  readonly id: string;
  readonly title: string;
  readonly serviceId: string | null;
  readonly value: number;
  readonly holds: boolean;
  readonly valuedAt: Date;
}
