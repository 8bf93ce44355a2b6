import type { Database, Tx } from '../database/database.ts';
import { DEFAULT_TAG } from '../scheduling/queue-name.ts';
import type { BackupSet } from './backup-catalogue.ts';
import { backupSetById } from './backup-set.queries.ts';
import { ensureBackupSet, ensureRepository } from './catalogue.store.ts';
import { initialiseRepository } from './repository.identity.ts';

/** The backup set of Muster's own database. */
export const MUSTER_SET = 'muster-database';

/** Taken daily; two hours of grace. */
const STALE_AFTER_SECONDS = 26 * 3600;

/**
 * Makes Muster's own backup set and its repository, or finds them. Another `root` than before moves the set: new points go
 * there, the old ones stay known.
 *
 * @throws AppError `unavailable` `repository-unavailable` when the directory is not there or may not be written.
 */
export async function ensureMusterSet(db: Database, { root }: { readonly root: string }): Promise<BackupSet> {
  const identity = await initialiseRepository(root);
  return db.transaction(async (tx) => {
    const name = await freeName(tx, root, identity);
    const repositoryId = await ensureRepository(tx, { name, root, identity, workerTag: DEFAULT_TAG });
    const id = await ensureBackupSet(tx, { name: MUSTER_SET, repositoryId, staleAfterSeconds: STALE_AFTER_SECONDS });
    return backupSetById(tx, id);
  });
}

/** A repository is named by where it lies; a new one in the place of another gets a part of its identity as well. */
async function freeName(tx: Tx, root: string, identity: string): Promise<string> {
  const place = root.length <= 160 ? root : `…${root.slice(-160)}`;
  const taken = await tx.rows('SELECT FROM repository WHERE name = $1 AND identity <> $2', [place, identity]);
  return taken.length === 0 ? place : `${place} (${identity})`;
}
