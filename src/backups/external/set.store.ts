import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import type { ExternalSetState } from './external-set.ts';

/** What a row says of a set, its owner's kind included. */
export type ExternalSetRow = ExternalSetState & { readonly ownerKind: 'person' | 'team' };

const COLUMNS = [
  'name',
  'pattern',
  'layout',
  'time_source',
  'zone',
  'schedule_cron',
  'grace_seconds',
  'rpo_seconds',
  'expected_format',
  'digest_source',
  'minimum_bytes',
  'settle_seconds',
  'full_read_days',
  'window_from',
  'window_until',
  'description',
  'owner_id',
  'owner_kind',
];

function valuesOf(row: ExternalSetRow): unknown[] {
  return [
    row.name,
    row.pattern,
    row.layout,
    row.timeSource,
    row.zone,
    row.schedule?.cron ?? null,
    row.schedule?.graceSeconds ?? null,
    row.rpoSeconds,
    row.expectedFormat,
    row.digestSource,
    row.minimumBytes,
    row.settleSeconds,
    row.fullReadDays,
    row.window?.from ?? null,
    row.window?.until ?? null,
    row.description,
    row.ownerId,
    row.ownerKind,
  ];
}

/** A set that is entered. */
interface NewSetRow {
  readonly id: string;
  readonly repositoryId: string;
  readonly row: ExternalSetRow;
  /** What Muster takes its backups of; undefined when another tool makes them. */
  readonly source?: object;
}

const parameters = (first: number) => COLUMNS.map((_, index) => `$${first + index}`).join(', ');

/** @throws AppError `conflict` `backup-set-name-taken`, `pattern-taken`. */
export async function insertExternalSet(tx: Tx, { id, repositoryId, row, source }: NewSetRow): Promise<void> {
  await mapConstraints(errorsOf(row), () =>
    tx.execute(
      `INSERT INTO backup_set (id, repository_id, kind, source, ${COLUMNS.join(', ')})
       VALUES ($1, $2, CASE WHEN $3::jsonb IS NULL THEN 'external' ELSE 'capture' END, $3, ${parameters(4)})`,
      [id, repositoryId, source === undefined ? null : JSON.stringify(source), ...valuesOf(row)],
    ),
  );
}

/**
 * Replaces what is said of a set; discovery lists its points anew. The caller holds it by {@link lockExternalSet}.
 * @throws AppError `conflict` `backup-set-name-taken`, `pattern-taken`.
 */
export async function updateExternalSet(tx: Tx, id: string, row: ExternalSetRow): Promise<void> {
  await mapConstraints(errorsOf(row), () =>
    tx.execute(
      `UPDATE backup_set SET (${COLUMNS.join(', ')}) = ROW (${parameters(2)}),
              listing = NULL, version = version + 1, updated_at = now()
        WHERE id = $1`,
      [id, ...valuesOf(row)],
    ),
  );
}

/**
 * Reads a set in use that another tool fills. Nobody else can change it, or enter a point of it, until the transaction ends.
 * @throws AppError `not-found` `no-such-backup-set`; `stale` `stale-backup-set`; `conflict` `backup-set-retired`,
 *   `not-external`.
 */
export async function lockExternalSet(tx: Tx, id: string, expectedVersion: number): Promise<ExternalBackupSet> {
  return requireExternal(await lockSet(tx, id, expectedVersion));
}

/**
 * Reads a set in use, whoever fills it. Nobody else can change it, or enter a point of it, until the transaction ends.
 * @throws AppError `not-found` `no-such-backup-set`; `stale` `stale-backup-set`; `conflict` `backup-set-retired`.
 */
export async function lockSet(tx: Tx, id: string, expectedVersion: number): Promise<BackupSet> {
  await tx.execute('SELECT FROM backup_set WHERE id = $1 FOR UPDATE', [id]);
  const set = await backupSetById(tx, id);
  if (set.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-backup-set',
      `${set.name} is at version ${set.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  return requireSetInUse(set);
}

/** A set whose backups are found by a pattern. */
export type ExternalBackupSet = BackupSet & { readonly external: NonNullable<BackupSet['external']> };

/** @throws AppError `conflict` `backup-set-retired`, `not-external`. */
export function requireExternal(set: BackupSet): ExternalBackupSet {
  if (set.external !== undefined && set.capture === undefined) return requireWatched(set);
  const message = `${set.name} is what Muster backs up itself: nobody else changes it or reports on it`;
  throw new AppError('conflict', 'not-external', message);
}

/** @throws AppError `conflict` `backup-set-retired`, or `not-external` for Muster's own database. */
export function requireWatched(set: BackupSet): ExternalBackupSet {
  const { name, external } = set;
  if (external === undefined) {
    const message = `${name} is the database of Muster itself: how it is backed up follows from the service`;
    throw new AppError('conflict', 'not-external', message);
  }
  requireSetInUse(set);
  return { ...set, external };
}

/** @throws AppError `conflict` `backup-set-retired`. */
export function requireSetInUse(set: BackupSet): BackupSet {
  if (set.retired === undefined) return set;
  throw new AppError('conflict', 'backup-set-retired', `${set.name} is retired and changes no more`);
}

/** Marks a set as retired, and its ping addresses as revoked. The caller holds it by {@link lockExternalSet}. */
export async function retireExternalSet(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE backup_set SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now()
      WHERE id = $1`,
    [id, reason],
  );
  await tx.execute('UPDATE ping_token SET revoked_at = now() WHERE set_id = $1 AND revoked_at IS NULL', [id]);
}

/**
 * The repository of a new set: it cannot be retired until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-repository`.
 */
export async function holdRepository(tx: Tx, id: string): Promise<void> {
  const [found] = await tx.rows<{ name: string; retired: boolean }>(
    'SELECT name, retired_at IS NOT NULL AS retired FROM repository WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return;
  const message = found ? `${found.name} is retired` : `there is no repository ${id}`;
  throw new AppError('unprocessable', 'unsuitable-repository', `A set needs a repository in use: ${message}`, {
    fields: [{ field: '#/repositoryId', message: `must be the id of a repository in use: ${message}` }],
  });
}

function errorsOf({ name, pattern }: ExternalSetRow) {
  const taken = (code: string, field: string, message: string) => () =>
    new AppError('conflict', code, message, { fields: [{ field, message: 'is taken' }] });
  return {
    backup_set_name_unique: taken(
      'backup-set-name-taken',
      '#/name',
      `A backup set named ${name} exists already, perhaps retired`,
    ),
    backup_set_pattern_once: taken(
      'pattern-taken',
      '#/pattern',
      `Another backup set of this repository has the pattern ${pattern}: every point would be counted twice`,
    ),
  };
}
