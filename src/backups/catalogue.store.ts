import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Verdict } from '../verification/finding.ts';
import type { Level } from '../verification/level.ts';
import type { PointState, RecoveryPoint } from './backup-catalogue.ts';

/** A repository as it was found on this machine. */
export interface RepositoryPlace {
  readonly name: string;
  readonly root: string;
  readonly identity: string;
  readonly workerTag: string;
}

/**
 * Enters a repository, or notes where a known one lies now: its identity is what it says of itself, so a directory that was
 * moved or mounted elsewhere stays the same repository.
 * @returns its id.
 * @throws AppError `conflict` `repository-name-taken`, `remote-repository`.
 */
export async function ensureRepository(tx: Tx, place: RepositoryPlace): Promise<string> {
  const rows = await mapConstraints({ repository_name_unique: () => nameTaken(place.name) }, () =>
    tx.rows<{ id: string }>(
      `INSERT INTO repository AS r (id, name, kind, root, writable, worker_tag, identity)
       VALUES ($1, $2, 'local', $3, true, $4, $5)
       ON CONFLICT (identity) WHERE identity_kind = 'sentinel' AND retired_at IS NULL DO UPDATE
         SET root = EXCLUDED.root, worker_tag = EXCLUDED.worker_tag, version = r.version + 1
         WHERE r.kind = 'local' AND (r.root, r.worker_tag) IS DISTINCT FROM (EXCLUDED.root, EXCLUDED.worker_tag)
       RETURNING r.id`,
      [newId(), place.name, place.root, place.workerTag, place.identity],
    ),
  );
  const [changed] = rows;
  if (changed !== undefined) return changed.id;
  const [row] = await tx.rows<{ id: string; name: string; kind: string }>(
    'SELECT id, name, kind FROM repository WHERE identity = $1 AND retired_at IS NULL',
    [place.identity],
  );
  if (!row) throw new AppError('stale', 'repository-gone', `The repository ${place.root} was removed meanwhile`);
  if (row.kind !== 'local') throw onOtherMachine(place, row.name);
  return row.id;
}

function onOtherMachine({ root }: RepositoryPlace, name: string): AppError {
  const message = `${root} is what the repository ${name} reaches over the network: backups of Muster itself, and its log, go into a directory of their own`;
  return new AppError('conflict', 'remote-repository', message);
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', 'repository-name-taken', `Another repository is called ${JSON.stringify(name)}`);
}

export interface NewBackupSet {
  readonly name: string;
  readonly repositoryId: string;
  readonly staleAfterSeconds: number;
  readonly keepPoints?: number;
  readonly excludedTables?: readonly string[];
}

/**
 * Enters a backup set, or has a known one go to this repository from now on; what an operator set about it stays.
 * @returns its id.
 */
export async function ensureBackupSet(tx: Tx, set: NewBackupSet): Promise<string> {
  const rows = await tx.rows<{ id: string }>(
    `INSERT INTO backup_set AS s (id, name, repository_id, kind, keep_points, stale_after_seconds, excluded_tables)
     VALUES ($1, $2, $3, 'postgresql', $4, $5, $6)
     ON CONFLICT (name) DO UPDATE SET repository_id = EXCLUDED.repository_id, version = s.version + 1
       WHERE s.repository_id <> EXCLUDED.repository_id
     RETURNING s.id`,
    [newId(), set.name, set.repositoryId, set.keepPoints ?? 7, set.staleAfterSeconds, [...(set.excludedTables ?? [])]],
  );
  const [row] =
    rows.length > 0 ? rows : await tx.rows<{ id: string }>('SELECT id FROM backup_set WHERE name = $1', [set.name]);
  if (!row) throw new AppError('stale', 'backup-set-gone', `The backup set ${set.name} was removed meanwhile`);
  return row.id;
}

type NewPoint = Pick<
  RecoveryPoint,
  | 'setId'
  | 'repositoryId'
  | 'name'
  | 'method'
  | 'own'
  | 'takenAt'
  | 'finishedAt'
  | 'sizeBytes'
  | 'digest'
  | 'serverMajor'
>;

/** Enters a point, once: whoever comes second is given the id of the first, and `isNew` false. */
export async function registerPoint(
  tx: Tx,
  point: NewPoint,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const [entered] = await tx.rows<{ id: string }>(
    `INSERT INTO recovery_point
       (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest, server_major)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (set_id, name) DO NOTHING RETURNING id`,
    [
      newId(),
      point.setId,
      point.repositoryId,
      point.name,
      point.method,
      point.own,
      point.takenAt.toString(),
      point.finishedAt.toString(),
      point.sizeBytes,
      point.digest ?? null,
      point.serverMajor ?? null,
    ],
  );
  if (entered) return { id: entered.id, isNew: true };
  const [known] = await tx.rows<{ id: string }>('SELECT id FROM recovery_point WHERE set_id = $1 AND name = $2', [
    point.setId,
    point.name,
  ]);
  if (!known) throw new AppError('internal', 'point-vanished', `The recovery point ${point.name} lost its row`);
  return { id: known.id, isNew: false };
}

/** What a check says of a point, once it is over. */
export interface PointVerdict {
  readonly verdict: Verdict;
  /** Undefined when the point is not there at all. */
  readonly level: Level | undefined;
  /** Every byte was read. */
  readonly wasReadInFull: boolean;
  /** As `RecoveryPoint` has it, for a point that was registered without one. */
  readonly digest: string | undefined;
  /** Of an external point. */
  readonly external?: {
    readonly digestOrigin: RecoveryPoint['digestOrigin'];
    readonly format: string | undefined;
    readonly entries: number;
    /** As they were when the check began: of a point that changed meanwhile it says nothing. */
    readonly marks: Buffer | undefined;
  };
}

/**
 * Notes the newest verdict of a point, and whether it was there. A deleted point stays deleted.
 * @returns false when the point was deleted, or changed while it was checked: nothing was noted.
 */
export async function recordVerdict(tx: Tx, pointId: string, found: PointVerdict): Promise<boolean> {
  return (await recordVerdicts(tx, [{ pointId, found }])).has(pointId);
}

/** Does for many points what `recordVerdict` does for one. @returns the ids of those whose verdict was noted. */
export async function recordVerdicts(
  tx: Tx,
  points: readonly { readonly pointId: string; readonly found: PointVerdict }[],
): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `UPDATE recovery_point p
        SET verdict = v.verdict, verdict_at = now(), verified_level = v.level, version = p.version + 1,
            read_in_full_at = CASE WHEN v.whole THEN now() ELSE p.read_in_full_at END,
            digest_origin = CASE WHEN p.digest IS NULL AND v.digest IS NOT NULL THEN v.origin ELSE p.digest_origin END,
            digest = coalesce(p.digest, v.digest), state = v.state,
            state_since = CASE WHEN p.state = v.state THEN p.state_since ELSE now() END,
            format = coalesce(v.format, p.format),
            entries = CASE WHEN v.whole THEN coalesce(v.entries, p.entries) ELSE p.entries END
       FROM jsonb_to_recordset($1::jsonb) AS v (id uuid, verdict text, level text, whole boolean, digest text, origin text,
              state text, format text, entries bigint, external boolean, marks text)
      WHERE p.id = v.id AND p.state IN ('present', 'missing')
        AND (NOT v.external OR p.marks IS NOT DISTINCT FROM decode(v.marks, 'hex'))
     RETURNING p.id`,
    [JSON.stringify(points.map(verdictRow))],
  );
  return new Set(rows.map(({ id }) => id));
}

function verdictRow({ pointId, found }: { readonly pointId: string; readonly found: PointVerdict }) {
  const state: PointState = found.level === undefined ? 'missing' : 'present';
  const { external } = found;
  return {
    id: pointId,
    verdict: found.verdict,
    level: found.level,
    whole: found.wasReadInFull,
    digest: found.digest,
    origin: external?.digestOrigin,
    state,
    format: external?.format,
    entries: external?.entries,
    external: external !== undefined,
    marks: external?.marks?.toString('hex'),
  };
}

/** A point that was deleted lies in the repository again: nothing is known of it until it is checked. */
export async function readmitPoint(tx: Tx, pointId: string): Promise<void> {
  await tx.execute(
    `UPDATE recovery_point
        SET state = 'present', state_since = now(), verdict = NULL, verdict_at = NULL, verified_level = NULL,
            read_in_full_at = NULL, version = version + 1
      WHERE id = $1 AND state = 'deleted'`,
    [pointId],
  );
}

/** Changes where a point is, unless it changed meanwhile; answers whether it did. */
export async function changePointState(tx: Tx, pointId: string, from: PointState, to: PointState): Promise<boolean> {
  const changed = await tx.execute(
    `UPDATE recovery_point SET state = $3, state_since = now(), version = version + 1 WHERE id = $1 AND state = $2`,
    [pointId, from, to],
  );
  return changed === 1;
}
