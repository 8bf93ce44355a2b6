import type { Tx } from '../../database/database.ts';
import { newId } from '../../kernel/ids.ts';
import type { PointMethod } from '../backup-catalogue.ts';

/** What is recorded of a point that was seen. */
export interface SeenPoint {
  readonly name: string;
  readonly method: PointMethod;
  /** Muster took it itself. */
  readonly own: boolean;
  /** Milliseconds since 1970, which cost less to make, to write and to read than anything else that is an instant. */
  readonly takenAtMs: number;
  readonly finishedAtMs: number;
  readonly sizeBytes: number;
  readonly marks: Buffer;
  readonly fileCount: number;
  /** Nothing in it, or less than the set expects: it is damaged, whatever it holds. */
  readonly isTooSmall: boolean;
  /** Recorded one by one; empty for a point that is one file. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/** A point of the catalogue whose files are others now, or that is back. */
export interface ChangedPoint extends SeenPoint {
  readonly id: string;
  /** As it was read: when somebody changed the row since, it is left alone. */
  readonly version: number;
  /** Its files are not what they were. */
  readonly isAltered: boolean;
}

/**
 * Enters points, and completes those that somebody registered before they were seen (when they were taken stays as it was
 * said then). Whoever comes second enters nothing.
 * @returns the ids of the points entered or completed, by name.
 */
export async function enterPoints(
  tx: Tx,
  set: { readonly id: string; readonly repositoryId: string },
  points: readonly SeenPoint[],
): Promise<Map<string, string>> {
  const rows = await tx.rows<{ id: string; name: string }>(
    `INSERT INTO recovery_point AS p
       (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, marks, file_count, verdict,
        verdict_at, verified_level)
     SELECT s.id, $1, $2, s.name, s.method, s.own, to_timestamp(s.taken_ms / 1000), to_timestamp(s.finished_ms / 1000),
            s.size_bytes, s.marks, s.file_count,
            CASE WHEN s.too_small THEN 'damaged' END, CASE WHEN s.too_small THEN now() END,
            CASE WHEN s.too_small THEN 'presence' END
       FROM unnest($3::uuid[], ${SEEN_ARRAYS(4)}) AS s (id, ${SEEN_COLUMNS})
     ON CONFLICT (set_id, name) DO UPDATE
       SET finished_at = EXCLUDED.finished_at, size_bytes = EXCLUDED.size_bytes, marks = EXCLUDED.marks,
           file_count = EXCLUDED.file_count, verdict = coalesce(EXCLUDED.verdict, p.verdict),
           verdict_at = coalesce(EXCLUDED.verdict_at, p.verdict_at),
           verified_level = coalesce(EXCLUDED.verified_level, p.verified_level), version = p.version + 1
       WHERE p.file_count IS NULL AND p.state = 'present'
     RETURNING id, name`,
    [set.id, set.repositoryId, points.map(() => newId()), ...seenValues(points)],
  );
  const ids = new Map(rows.map(({ id, name }) => [name, id]));
  await enterFiles(
    tx,
    filesOf(points, ({ name }) => ids.get(name)),
  );
  return ids;
}

/**
 * Records what changed points are now. An altered one is not sound until a check or an operator says so; one that is back as
 * it was waits for its check. The digest stays: it says what the bytes were.
 * @returns the ids of those that nobody else changed meanwhile.
 */
export async function changePoints(tx: Tx, points: readonly ChangedPoint[]): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `UPDATE recovery_point p
        SET taken_at = to_timestamp(s.taken_ms / 1000), finished_at = to_timestamp(s.finished_ms / 1000),
            size_bytes = s.size_bytes, marks = s.marks, file_count = s.file_count, version = p.version + 1, state = 'present',
            state_since = CASE WHEN p.state = 'present' THEN p.state_since ELSE now() END,
            verdict = CASE WHEN s.too_small THEN 'damaged' WHEN s.altered THEN 'altered' END,
            verdict_at = CASE WHEN s.too_small OR s.altered THEN now() END,
            verified_level = CASE WHEN s.too_small OR s.altered THEN 'presence' END,
            read_in_full_at = CASE WHEN NOT s.altered THEN p.read_in_full_at END
       FROM unnest($1::uuid[], $2::integer[], $3::boolean[], ${SEEN_ARRAYS(4)})
            AS s (id, version, altered, ${SEEN_COLUMNS})
      WHERE p.id = s.id AND p.version = s.version
     RETURNING p.id`,
    [
      points.map(({ id }) => id),
      points.map(({ version }) => version),
      points.map(({ isAltered }) => isAltered),
      ...seenValues(points),
    ],
  );
  const ids = new Set(rows.map(({ id }) => id));
  const files = filesOf(points, ({ id }) => (ids.has(id) ? id : undefined));
  await tx.execute(
    `DELETE FROM recovery_point_file f WHERE f.point_id = ANY ($1) AND NOT EXISTS (
       SELECT FROM unnest($2::uuid[], $3::text[]) AS s (id, path) WHERE s.id = f.point_id AND s.path = f.path)`,
    [[...ids], files.map(({ pointId }) => pointId), files.map(({ path }) => path)],
  );
  await enterFiles(tx, files);
  return ids;
}

/**
 * These points are gone. One that was altered and never had a digest is not taken for the same when it comes back: its marks
 * are forgotten.
 * @returns the ids of those that were there until now.
 */
export async function losePoints(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `UPDATE recovery_point
        SET state = 'missing', state_since = now(), verdict = 'missing', verdict_at = now(), verified_level = NULL,
            marks = CASE WHEN verdict = 'altered' AND digest IS NULL THEN NULL ELSE marks END, version = version + 1
      WHERE id = ANY ($1) AND state = 'present' RETURNING id`,
    [[...ids]],
  );
  return new Set(rows.map(({ id }) => id));
}

const SEEN_COLUMNS = 'name, method, own, taken_ms, finished_ms, size_bytes, marks, file_count, too_small';

const SEEN_TYPES = ['text', 'text', 'boolean', 'float8', 'float8', 'bigint', 'bytea', 'integer', 'boolean'];

/** The parameters of `seenValues`, from this number on. */
const SEEN_ARRAYS = (first: number) => SEEN_TYPES.map((type, index) => `$${first + index}::${type}[]`).join(', ');

function seenValues(points: readonly SeenPoint[]): unknown[][] {
  return [
    points.map(({ name }) => name),
    points.map(({ method }) => method),
    points.map(({ own }) => own),
    points.map(({ takenAtMs }) => takenAtMs),
    points.map(({ finishedAtMs }) => finishedAtMs),
    points.map(({ sizeBytes }) => sizeBytes),
    points.map(({ marks }) => marks),
    points.map(({ fileCount }) => fileCount),
    points.map(({ isTooSmall }) => isTooSmall),
  ];
}

interface FileRow {
  readonly pointId: string;
  readonly path: string;
  readonly sizeBytes: number;
}

function filesOf<Point extends SeenPoint>(
  points: readonly Point[],
  idOf: (point: Point) => string | undefined,
): FileRow[] {
  return points.flatMap((point) => {
    const pointId = idOf(point);
    if (pointId === undefined) return [];
    return point.files.map(({ path, sizeBytes }) => ({ pointId, path, sizeBytes }));
  });
}

/** Rows in one statement. */
const FILES_PER_STATEMENT = 5000;

/** A file that was there before keeps its digest. */
async function enterFiles(tx: Tx, files: readonly FileRow[]): Promise<void> {
  for (let from = 0; from < files.length; from += FILES_PER_STATEMENT) {
    const some = files.slice(from, from + FILES_PER_STATEMENT);
    await tx.execute(
      `INSERT INTO recovery_point_file (point_id, path, size_bytes)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
       ON CONFLICT (point_id, path) DO UPDATE SET size_bytes = EXCLUDED.size_bytes`,
      [some.map(({ pointId }) => pointId), some.map(({ path }) => path), some.map(({ sizeBytes }) => sizeBytes)],
    );
  }
}
