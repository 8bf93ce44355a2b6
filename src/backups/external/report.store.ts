import type { Queryable, Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { pointById } from '../catalogue.queries.ts';
import type { BackupReport, ReportedFacts } from './report.ts';
import type { ExternalBackupSet } from './set.store.ts';

/** What is written of a report. */
export interface NewReport {
  readonly setId: string;
  readonly kind: BackupReport['kind'];
  readonly via: BackupReport['via'];
  readonly facts: ReportedFacts;
  readonly pointId: string | undefined;
  readonly verdict: 'damaged' | undefined;
}

/** Enters a report. @returns its id. */
export async function insertReport(tx: Tx, { facts, ...report }: NewReport): Promise<string> {
  const id = newId();
  await tx.execute(
    `INSERT INTO backup_report
       (id, set_id, kind, via, point_name, point_id, digest, size_bytes, duration_seconds, log_excerpt, verdict)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      report.setId,
      report.kind,
      report.via,
      facts.name ?? null,
      report.pointId ?? null,
      facts.sha256 ?? null,
      facts.sizeBytes ?? null,
      facts.durationSeconds ?? null,
      facts.logExcerpt ?? null,
      report.verdict ?? null,
    ],
  );
  return id;
}

/** Reports are kept for so long, and of each set the newest ones for ever. */
const KEPT = { days: 400, newestOfSet: 100 } as const;

/** Forgets old reports. The newest of each set stay, its last success among them: freshness is judged by it. @returns how many. */
export async function purgeOldReports(db: Queryable): Promise<number> {
  return db.execute(
    `DELETE FROM backup_report r
      WHERE r.received_at < now() - make_interval(days => $1)
        AND r.id NOT IN (SELECT n.id FROM backup_report n WHERE n.set_id = r.set_id ORDER BY n.id DESC LIMIT $2)
        AND r.id IS DISTINCT FROM (SELECT s.id FROM backup_report s
              WHERE s.set_id = r.set_id AND s.kind = 'success' AND s.verdict IS NULL ORDER BY s.received_at DESC LIMIT 1)`,
    [KEPT.days, KEPT.newestOfSet],
  );
}

/** What a registration came to. */
export interface RegisteredPoint {
  readonly point: RecoveryPoint;
  readonly isNew: boolean;
  /** Its digest is on record only now. */
  readonly isCompleted: boolean;
}

/**
 * Enters the point that a report names, or completes one that is known by its digest. What has not been seen in the repository
 * has no marks; its size is what was reported.
 * @throws AppError `conflict` `another-digest` when another digest of it is on record.
 */
export async function registerReportedPoint(
  tx: Tx,
  set: ExternalBackupSet,
  name: string,
  facts: ReportedFacts,
): Promise<RegisteredPoint> {
  const [entered] = await tx.rows<{ id: string }>(
    `INSERT INTO recovery_point
       (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest, digest_origin)
     VALUES ($1, $2, $3, $4, 'external', false, coalesce($5, now()), now(), $6, $7::text,
             CASE WHEN $7::text IS NOT NULL THEN 'api' END)
     ON CONFLICT (set_id, name) DO NOTHING RETURNING id`,
    [
      newId(),
      set.id,
      set.repositoryId,
      name,
      facts.takenAt?.toString() ?? null,
      facts.sizeBytes ?? 0,
      facts.sha256 ?? null,
    ],
  );
  if (entered) return { point: await pointById(tx, entered.id), isNew: true, isCompleted: false };
  return completePoint(tx, set, name, facts.sha256);
}

async function completePoint(
  tx: Tx,
  set: ExternalBackupSet,
  name: string,
  sha256: string | undefined,
): Promise<RegisteredPoint> {
  const [known] = await tx.rows<{ id: string; digest: string | null }>(
    'SELECT id, digest FROM recovery_point WHERE set_id = $1 AND name = $2 FOR NO KEY UPDATE',
    [set.id, name],
  );
  if (!known) throw new AppError('internal', 'point-vanished', `The recovery point ${name} lost its row`);
  if (sha256 !== undefined && known.digest !== null && known.digest !== sha256) throw anotherDigest(name, known.digest);
  const isCompleted = sha256 !== undefined && known.digest === null;
  if (isCompleted) {
    await tx.execute(
      `UPDATE recovery_point SET digest = $2, digest_origin = 'api', version = version + 1 WHERE id = $1`,
      [known.id, sha256],
    );
  }
  return { point: await pointById(tx, known.id), isNew: false, isCompleted };
}

/** Marks a point that nobody has seen yet, or that is empty, as damaged; answers whether it did. */
export async function markEmpty(tx: Tx, pointId: string): Promise<boolean> {
  const marked = await tx.execute(
    `UPDATE recovery_point
        SET verdict = 'damaged', verdict_at = now(), verified_level = 'presence', version = version + 1
      WHERE id = $1 AND (marks IS NULL OR size_bytes = 0) AND verdict IS DISTINCT FROM 'damaged'`,
    [pointId],
  );
  return marked === 1;
}

function anotherDigest(name: string, digest: string): AppError {
  return new AppError(
    'conflict',
    'another-digest',
    `${name} is on record with another digest, ${digest}: a point is not replaced by one of the same name`,
    { fields: [{ field: '#/sha256', message: `is not the digest on record, ${digest}` }] },
  );
}
