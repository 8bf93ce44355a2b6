import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Verdict } from '../verification/finding.ts';
import type { Level } from '../verification/level.ts';
import type { BackupSet, PointState, RecoveryPoint, SelfTest } from './backup-catalogue.ts';

/** Continues a list behind the row with this key; `limit` rows at most. */
export interface PageBounds<Key> {
  readonly limit: number;
  readonly after?: Key | undefined;
}

/** Points of a set, youngest data first; deleted ones only when asked for. */
export async function listPoints(
  db: Queryable,
  setId: string,
  page: PageBounds<readonly [takenAt: string, id: string]> & { readonly withDeleted?: boolean | undefined },
): Promise<RecoveryPoint[]> {
  const rows = await db.rows<PointRow>(
    `${SELECT_POINT}
      WHERE p.set_id = $1 AND (p.state IN ('present', 'missing') OR $5)
        AND ($3::timestamptz IS NULL OR (p.taken_at, p.id) < ($3, $4::uuid))
      ORDER BY p.taken_at DESC, p.id DESC LIMIT $2`,
    [setId, page.limit, page.after?.[0] ?? null, page.after?.[1] ?? null, page.withDeleted ?? false],
  );
  return rows.map(pointOf);
}

/** @throws AppError `not-found` `no-such-recovery-point`. */
export async function pointById(db: Queryable, id: string): Promise<RecoveryPoint> {
  const [row] = await db.rows<PointRow>(`${SELECT_POINT} WHERE p.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-recovery-point', `There is no recovery point ${id}`);
  return pointOf(row);
}

/** These points, in the order of the ids; without those that are not there. */
export async function pointsByIds(db: Queryable, ids: readonly string[]): Promise<RecoveryPoint[]> {
  const rows = await db.rows<PointRow>(`${SELECT_POINT} WHERE p.id = ANY ($1)`, [[...ids]]);
  const points = new Map(rows.map((row) => [row.id, pointOf(row)]));
  return ids.flatMap((id) => points.get(id) ?? []);
}

/** Every point of the set that the repository may still hold, oldest data first. Retention bounds their number. */
export async function keptPoints(db: Queryable, set: Pick<BackupSet, 'id' | 'repositoryId'>): Promise<RecoveryPoint[]> {
  const rows = await db.rows<PointRow>(
    `${SELECT_POINT} WHERE p.set_id = $1 AND p.repository_id = $2 AND p.state <> 'deleted' ORDER BY p.taken_at, p.id`,
    [set.id, set.repositoryId],
  );
  return rows.map(pointOf);
}

/** Which of the named points of a set the catalogue knows, deleted ones included. */
export async function pointsByName(db: Queryable, setId: string, names: readonly string[]): Promise<RecoveryPoint[]> {
  const rows = await db.rows<PointRow>(`${SELECT_POINT} WHERE p.set_id = $1 AND p.name = ANY ($2)`, [
    setId,
    [...names],
  ]);
  return rows.map(pointOf);
}

/** The point with the youngest data, whatever it is worth; undefined when the set has none. */
export async function newestPoint(db: Queryable, setId: string): Promise<RecoveryPoint | undefined> {
  const [point] = await listPoints(db, setId, { limit: 1 });
  return point;
}

/** The point with the youngest data of each of these sets, whatever it is worth, by the set's id. */
export async function newestPoints(db: Queryable, setIds: readonly string[]): Promise<Map<string, RecoveryPoint>> {
  const rows = await db.rows<PointRow>(
    `${SELECT_POINT} WHERE p.id IN (
       SELECT newest.id FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
         SELECT n.id FROM recovery_point n WHERE n.set_id = asked.id AND n.state IN ('present', 'missing')
          ORDER BY n.taken_at DESC, n.id DESC LIMIT 1) newest)`,
    [[...setIds]],
  );
  return new Map(rows.map((row) => [row.set_id, pointOf(row)]));
}

/** The point with the youngest data that is not younger than the instant, whatever it is worth. */
export async function newestPointBefore(
  db: Queryable,
  setId: string,
  instant: Temporal.Instant,
): Promise<RecoveryPoint | undefined> {
  const [row] = await db.rows<PointRow>(
    `${SELECT_POINT} WHERE p.set_id = $1 AND p.state IN ('present', 'missing') AND p.taken_at <= $2
      ORDER BY p.taken_at DESC, p.id DESC LIMIT 1`,
    [setId, instant.toString()],
  );
  return row && pointOf(row);
}

/** Ids of the points of a set whose data is not older than the instant, oldest first. Retention bounds their number. */
export async function pointIdsSince(db: Queryable, setId: string, instant: Temporal.Instant): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT id FROM recovery_point WHERE set_id = $1 AND state IN ('present', 'missing') AND taken_at >= $2
      ORDER BY taken_at, id`,
    [setId, instant.toString()],
  );
  return rows.map(({ id }) => id);
}

/** The newest proof, over all points of a set, that its check finds one changed byte. */
export async function lastSelfTest(db: Queryable, setId: string): Promise<SelfTest | undefined> {
  const [row] = await db.rows<{ self_test: SelfTest }>(
    `SELECT c.self_test FROM backup_check c JOIN recovery_point p ON p.id = c.point_id
      WHERE p.set_id = $1 AND c.self_test IS NOT NULL ORDER BY c.id DESC LIMIT 1`,
    [setId],
  );
  return row?.self_test;
}

/** The point with the youngest data that a check found sound and that is there; undefined when there is none. */
export async function newestSoundPoint(db: Queryable, setId: string): Promise<RecoveryPoint | undefined> {
  const [row] = await db.rows<PointRow>(
    `${SELECT_POINT} WHERE p.set_id = $1 AND p.state = 'present' AND p.verdict = 'sound'
      ORDER BY p.taken_at DESC, p.id DESC LIMIT 1`,
    [setId],
  );
  return row && pointOf(row);
}

/** The present point that was read in full longest ago (never comes first) before the given instant. */
export async function pointToRead(
  db: Queryable,
  setId: string,
  notSince: Temporal.Instant,
): Promise<RecoveryPoint | undefined> {
  const [row] = await db.rows<PointRow>(
    `${SELECT_POINT} WHERE p.set_id = $1 AND p.state IN ('present', 'missing') AND coalesce(p.verdict_at < $2, true)
      ORDER BY p.read_in_full_at NULLS FIRST, p.id LIMIT 1`,
    [setId, notSince.toString()],
  );
  return row && pointOf(row);
}

interface PointRow {
  id: string;
  set_id: string;
  repository_id: string;
  name: string;
  method: RecoveryPoint['method'];
  own: boolean;
  taken_at: Date;
  finished_at: Date;
  size_bytes: string;
  digest: string | null;
  digest_origin: RecoveryPoint['digestOrigin'] | null;
  file_count: number | null;
  marks: Buffer | null;
  format: string | null;
  entries: string | null;
  server_major: number | null;
  verdict: Verdict | null;
  verdict_at: Date | null;
  verified_level: Level | null;
  read_in_full_at: Date | null;
  state: PointState;
  state_since: Date;
  version: number;
}

const SELECT_POINT = `
  SELECT p.id, p.set_id, p.repository_id, p.name, p.method, p.own, p.taken_at, p.finished_at, p.size_bytes, p.digest,
         p.digest_origin, p.file_count, p.marks, p.format, p.entries, p.server_major, p.verdict, p.verdict_at, p.verified_level, p.read_in_full_at, p.state, p.state_since, p.version
    FROM recovery_point p`;

function pointOf(row: PointRow): RecoveryPoint {
  return {
    id: row.id,
    setId: row.set_id,
    repositoryId: row.repository_id,
    name: row.name,
    method: row.method,
    own: row.own,
    takenAt: instantOf(row.taken_at),
    finishedAt: instantOf(row.finished_at),
    sizeBytes: Number(row.size_bytes),
    digest: row.digest ?? undefined,
    digestOrigin: row.digest_origin ?? undefined,
    fileCount: row.file_count ?? undefined,
    marks: row.marks ?? undefined,
    format: row.format ?? undefined,
    entries: row.entries === null ? undefined : Number(row.entries),
    serverMajor: row.server_major ?? undefined,
    verdict: row.verdict ?? undefined,
    verdictAt: row.verdict_at ? instantOf(row.verdict_at) : undefined,
    verifiedLevel: row.verified_level ?? undefined,
    readInFullAt: row.read_in_full_at ? instantOf(row.read_in_full_at) : undefined,
    state: row.state,
    stateSince: instantOf(row.state_since),
    version: row.version,
  };
}
