import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { BackupSet, ExternalSet } from './backup-catalogue.ts';
import { type CaptureDefinition, captureSourceSchema } from './capture/captured-set.ts';
import type { PageBounds } from './catalogue.queries.ts';
import type { ExternalDefinition } from './external/external-set.ts';

/** Backup sets by id, oldest first. */
export async function listBackupSets(db: Queryable, page: PageBounds<string>): Promise<BackupSet[]> {
  const rows = await db.rows<SetRow>(`${SELECT_SET} WHERE $2::uuid IS NULL OR s.id > $2 ORDER BY s.id LIMIT $1`, [
    page.limit,
    page.after ?? null,
  ]);
  return rows.map(setOf);
}

/** @throws AppError `not-found` `no-such-backup-set`. */
export async function backupSetById(db: Queryable, id: string): Promise<BackupSet> {
  const [row] = await db.rows<SetRow>(`${SELECT_SET} WHERE s.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-backup-set', `There is no backup set ${id}`);
  return setOf(row);
}

/** Backup sets by their ids, oldest first; those that are not there are left out. */
export async function backupSetsByIds(db: Queryable, ids: readonly string[]): Promise<BackupSet[]> {
  const rows = await db.rows<SetRow>(`${SELECT_SET} WHERE s.id = ANY ($1::uuid[]) ORDER BY s.id`, [[...ids]]);
  return rows.map(setOf);
}

/** The set of that name; undefined when there is none. */
export async function backupSetByName(db: Queryable, name: string): Promise<BackupSet | undefined> {
  const [row] = await db.rows<SetRow>(`${SELECT_SET} WHERE s.name = $1`, [name]);
  return row && setOf(row);
}

/** The watched sets of a repository that are in use, oldest first. */
export async function watchedSets(db: Queryable, repositoryId: string): Promise<ExternalSet[]> {
  const rows = await db.rows<SetRow>(
    `${SELECT_SET} WHERE s.repository_id = $1 AND s.pattern IS NOT NULL AND s.retired_at IS NULL ORDER BY s.id`,
    [repositoryId],
  );
  return rows.map(setOf).flatMap((set) => (set.external === undefined ? [] : [{ ...set, external: set.external }]));
}

interface SetRow {
  id: string;
  name: string;
  repository_id: string;
  kind: BackupSet['kind'];
  keep_points: number;
  keep_hourly: number;
  keep_daily: number;
  keep_weekly: number;
  keep_monthly: number;
  keep_yearly: number;
  stale_after_seconds: number | null;
  excluded_tables: string[];
  pattern: string | null;
  layout: ExternalDefinition['layout'];
  time_source: ExternalDefinition['timeSource'];
  zone: string;
  schedule_cron: string | null;
  grace_seconds: number | null;
  rpo_seconds: number | null;
  expected_format: string | null;
  digest_source: ExternalDefinition['digestSource'];
  minimum_bytes: string | null;
  settle_seconds: number;
  full_read_days: number | null;
  window_from: string | null;
  window_until: string | null;
  description: string | null;
  owner_id: string;
  owner_kind: 'person' | 'team';
  owner_name: string;
  listed_at: Date | null;
  source: unknown;
  has_password: boolean;
  recipients: string[];
  capture_bytes_per_second_max: string | null;
  retired_at: Date | null;
  retired_reason: string | null;
  version: number;
}

const SELECT_SET = `
  SELECT s.id, s.name, s.repository_id, s.kind, s.keep_points, s.keep_hourly, s.keep_daily, s.keep_weekly,
         s.keep_monthly, s.keep_yearly, s.stale_after_seconds, s.excluded_tables, s.pattern, s.layout,
         s.time_source, s.zone, s.schedule_cron, s.grace_seconds, s.rpo_seconds, s.expected_format, s.digest_source,
         s.minimum_bytes, s.settle_seconds, s.full_read_days, to_char(s.window_from, 'HH24:MI') AS window_from,
         to_char(s.window_until, 'HH24:MI') AS window_until, s.description, s.owner_id, s.owner_kind, o.name AS owner_name,
         s.listed_at, s.source, s.source_secret IS NOT NULL AS has_password, s.recipients, s.capture_bytes_per_second_max, s.retired_at, s.retired_reason, s.version
    FROM backup_set s LEFT JOIN principal o ON o.id = s.owner_id`;

function setOf(row: SetRow): BackupSet {
  const { retired_at: retiredAt, pattern } = row;
  return {
    id: row.id,
    name: row.name,
    repositoryId: row.repository_id,
    kind: row.kind,
    retention: {
      minimumCopies: row.keep_points,
      hourly: row.keep_hourly,
      daily: row.keep_daily,
      weekly: row.keep_weekly,
      monthly: row.keep_monthly,
      yearly: row.keep_yearly,
    },
    staleAfterSeconds: row.stale_after_seconds ?? undefined,
    excludedTables: row.excluded_tables,
    external: pattern === null ? undefined : externalOf(row, pattern),
    capture: row.source === null ? undefined : captureOf(row),
    retired: retiredAt === null ? undefined : { at: instantOf(retiredAt), reason: row.retired_reason ?? '' },
    version: row.version,
  };
}

function externalOf(row: SetRow, pattern: string): ExternalDefinition {
  const { schedule_cron: cron, window_from: from, window_until: until } = row;
  return {
    pattern,
    layout: row.layout,
    timeSource: row.time_source,
    zone: row.zone,
    schedule: cron === null ? undefined : { cron, graceSeconds: row.grace_seconds ?? 0 },
    rpoSeconds: row.rpo_seconds ?? undefined,
    expectedFormat: row.expected_format ?? undefined,
    digestSource: row.digest_source,
    minimumBytes: row.minimum_bytes === null ? undefined : Number(row.minimum_bytes),
    settleSeconds: row.settle_seconds,
    fullReadDays: row.full_read_days ?? undefined,
    window: from === null || until === null ? undefined : { from, until },
    description: row.description ?? '',
    owner: { id: row.owner_id, kind: row.owner_kind, name: row.owner_name },
    listedAt: row.listed_at === null ? undefined : instantOf(row.listed_at),
  };
}

function captureOf(row: SetRow): CaptureDefinition {
  const bytesPerSecondMax = row.capture_bytes_per_second_max;
  return {
    source: captureSourceSchema.parse(row.source),
    recipients: row.recipients,
    hasPassword: row.has_password,
    bytesPerSecondMax: bytesPerSecondMax === null ? undefined : Number(bytesPerSecondMax),
  };
}

/** Whether anything was ever registered for a set. */
export async function hasPoints(db: Queryable, setId: string): Promise<boolean> {
  const rows = await db.rows('SELECT FROM recovery_point WHERE set_id = $1 LIMIT 1', [setId]);
  return rows.length > 0;
}

/** Services in use that name the set among those that bring them back, by name; at most `limit` of them. */
export async function servicesInUseOf(
  db: Queryable,
  setId: string,
  limit: number,
): Promise<{ readonly id: string; readonly name: string }[]> {
  return db.rows<{ id: string; name: string }>(
    `SELECT s.id, s.name FROM service_backup_set b JOIN service s ON s.id = b.service_id
      WHERE b.backup_set_id = $1 AND s.retired_at IS NULL ORDER BY lower(s.name) LIMIT $2`,
    [setId, limit],
  );
}
