import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../kernel/log.ts';
import type { BackupSet, RecoveryPoint, Repository } from './backup-catalogue.ts';
import { keptPoints } from './catalogue.queries.ts';
import { changePointState } from './catalogue.store.ts';
import { pointDirectoryOf } from './check.ts';
import { requireAvailable } from './repository.identity.ts';
import { planRetention } from './retention.ts';
import { requireTakenHere } from './taken-here.ts';

export interface RetentionDeps {
  readonly db: Database;
  readonly log: Logger;
}

const TRASH_PREFIX = '.deleting-';

/**
 * Removes the points that `planRetention` says may go. The decision is committed before a file is touched, and a removal
 * that was cut short is finished by the next run.
 *
 * @returns the names of the removed points.
 * @throws AppError `unavailable` `repository-unavailable`, `unprocessable` `not-taken-by-muster`; nothing is removed then.
 */
export async function applyRetention(deps: RetentionDeps, set: BackupSet, repository: Repository): Promise<string[]> {
  requireTakenHere(set);
  await requireAvailable(repository);
  const points = await keptPoints(deps.db, set);
  const unfinished = points.filter(({ state }) => state === 'deleting');
  const removed: string[] = [];
  for (const point of unfinished) removed.push(await remove(deps, set, repository, point));
  for (const { point, remove: goes, reason } of planRetention(points, set.keepPoints)) {
    if (!goes || !(await decide(deps, set, point, reason))) continue;
    removed.push(await remove(deps, set, repository, point));
  }
  await emptyTrash(join(repository.root, set.name));
  return removed;
}

/** Commits the decision; false when the point changed since it was planned. */
function decide({ db }: RetentionDeps, set: BackupSet, point: RecoveryPoint, reason: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    if (!(await changePointState(tx, point.id, point.state, 'deleting'))) return false;
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.delete',
      subjectKind: 'recovery-point',
      subjectId: point.id,
      details: { set: set.name, name: point.name, takenAt: point.takenAt.toString(), reason },
    });
    return true;
  });
}

/** The rename takes the point away at once and whole; emptying the directory may take long, and may be cut short. */
async function remove(
  { db, log }: RetentionDeps,
  set: BackupSet,
  repository: Repository,
  point: RecoveryPoint,
): Promise<string> {
  await requireAvailable(repository);
  const directory = pointDirectoryOf(repository, set.name, point.name);
  const trash = join(dirname(directory), `${TRASH_PREFIX}${basename(directory)}`);
  await rename(directory, trash).catch((thrown: NodeJS.ErrnoException) => {
    // An earlier run got as far as this.
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  await rm(trash, { recursive: true, force: true });
  await db.transaction((tx) => changePointState(tx, point.id, 'deleting', 'deleted'));
  log.info({ set: set.name, point: point.name }, 'retention removed a recovery point');
  return point.name;
}

async function emptyTrash(setDirectory: string): Promise<void> {
  const names = await readdir(setDirectory).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  for (const name of names) {
    if (name.startsWith(TRASH_PREFIX)) await rm(join(setDirectory, name), { recursive: true, force: true });
  }
}
