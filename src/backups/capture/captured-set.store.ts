import type { Queryable, Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { ExternalSetRow } from '../external/set.store.ts';
import type { CapturedSetState } from './captured-set.ts';

/** How the points of a captured set are found: directories with a signed manifest that says of when their data is. */
const FOUND_BY = {
  layout: 'directory',
  timeSource: 'manifest',
  digestSource: 'manifest',
  expectedFormat: null,
  settleSeconds: 60,
} as const;

/** A captured set as a set that is watched. */
export function watchedAs(
  state: CapturedSetState,
  found: { readonly pattern: string; readonly ownerKind: 'person' | 'team' },
): ExternalSetRow {
  const { source: _source, recipients: _recipients, bytesPerSecondMax: _rate, ...watched } = state;
  return { ...watched, ...FOUND_BY, ...found };
}

/** Records what is taken, for whom it is encrypted, and how fast. The set is there, and the caller holds it. */
export async function recordSource(tx: Tx, id: string, state: CapturedSetState): Promise<void> {
  await tx.execute(
    `UPDATE backup_set SET source = $2::jsonb, recipients = $3, capture_bytes_per_second_max = $4 WHERE id = $1`,
    [id, JSON.stringify(state.source), state.recipients, state.bytesPerSecondMax],
  );
}

/** Replaces the sealed password of a set's source; null: it has none. The caller holds the set. */
export async function recordPassword(tx: Tx, id: string, sealed: string | null): Promise<void> {
  await tx.execute('UPDATE backup_set SET source_secret = $2 WHERE id = $1', [id, sealed]);
}

/** The password of a set's source as it is stored; undefined: it has none. */
export async function sealedPasswordOf(db: Queryable, id: string): Promise<string | undefined> {
  const [row] = await db.rows<{ sealed: string | null }>(
    'SELECT source_secret AS sealed FROM backup_set WHERE id = $1',
    [id],
  );
  return row?.sealed ?? undefined;
}

/**
 * The tag of the workers of a repository that Muster may write into; it stays so until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-repository`.
 */
export async function holdWritable(tx: Tx, repositoryId: string): Promise<string> {
  const [found] = await tx.rows<{ name: string; worker_tag: string; writable: boolean }>(
    'SELECT name, worker_tag, writable FROM repository WHERE id = $1 FOR SHARE',
    [repositoryId],
  );
  if (found?.writable) return found.worker_tag;
  const message = `Muster may not write into ${found?.name ?? repositoryId}: its backups need a repository that is writable`;
  throw new AppError('unprocessable', 'unsuitable-repository', message, {
    fields: [{ field: '#/repositoryId', message: 'must be the id of a repository that is marked writable' }],
  });
}
