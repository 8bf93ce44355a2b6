import type { Queryable } from '../database/database.ts';
import type { BackupSet } from './backup-catalogue.ts';
import { backupSetView } from './backup-set.views.ts';
import { statusOfSets } from './set-status.queries.ts';

/** The answer that shows one set, and how it stands now. */
export async function setReply(db: Queryable, set: BackupSet) {
  return { body: backupSetView(set, await statusOfSets(db, [set])), version: set.version };
}
