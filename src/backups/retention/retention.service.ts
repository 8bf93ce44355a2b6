import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database, Tx } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { keptPoints } from '../catalogue.queries.ts';
import { changePointState } from '../catalogue.store.ts';
import type { RemoteMeans } from '../remote/open-store.ts';
import { repositoryById } from '../repository.queries.ts';
import { requireTakenHere } from '../taken-here.ts';
import { openRemovalPlace, type RemovalPlace } from './removal-place.ts';
import { lockOwnPoints } from './retention-plan.queries.ts';
import { type PlanLine, retentionPlan } from './retention-plan.ts';

export interface RetentionDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly remote: RemoteMeans;
}

/**
 * Removes the points of a set that its plan drops, of those that Muster took itself. The decisions are committed before a file
 * is touched, and removals that were cut short are finished by the next run. Nothing is decided while a sound point is not in
 * its place.
 *
 * @returns the names of the removed points.
 * @throws AppError `unavailable` `repository-unavailable`, `unprocessable` `not-taken-by-muster`; nothing is removed then.
 */
export async function applyRetention(deps: RetentionDeps, set: BackupSet, repository: Repository): Promise<string[]> {
  requireTakenHere(set);
  const removal = await openRemovalPlace(deps, repository, set);
  await using _closed = { [Symbol.asyncDispose]: () => removal.close() };
  await removal.requireThere();
  const { db, log } = deps;
  const place = { id: set.id, repositoryId: repository.id };
  const lost = await firstLost((await keptPoints(db, place)).filter(isRelied), removal);
  if (lost === undefined) await db.transaction((tx) => decideRemovals(tx, set.id));
  else log.warn({ set: set.name, point: lost.name }, 'nothing is removed: a sound recovery point is not in its place');
  const points = await keptPoints(db, place);
  const removed: string[] = [];
  for (const point of points.filter(({ own, state }) => own && state === 'deleting')) {
    await removal.requireThere();
    await removal.remove(point);
    // False: another run was faster.
    if (!(await db.transaction((tx) => changePointState(tx, point.id, 'deleting', 'deleted')))) continue;
    log.info({ set: set.name, point: point.name }, 'retention removed a recovery point');
    removed.push(point.name);
  }
  await removal.tidy(points.filter(({ own }) => own));
  return removed;
}

/**
 * The same for a set by its id, in the repository that it fills now.
 * @throws AppError `not-found` `no-such-backup-set`; else as `applyRetention`.
 */
export async function applyRetentionOf(deps: RetentionDeps, setId: string): Promise<string[]> {
  const set = await backupSetById(deps.db, setId);
  return applyRetention(deps, set, await repositoryById(deps.db, set.repositoryId));
}

async function firstLost(points: readonly RecoveryPoint[], removal: RemovalPlace): Promise<RecoveryPoint | undefined> {
  for (const point of points) if (!(await removal.isThere(point))) return point;
  return undefined;
}

/** The plan relies on these being there; discovery may not have missed one yet. */
function isRelied({ own, state, verdict }: RecoveryPoint): boolean {
  return own && state === 'present' && verdict === 'sound';
}

/** Marks what may go by what the set, its points and their holds are at this moment, which nobody changes meanwhile. */
async function decideRemovals(tx: Tx, setId: string): Promise<void> {
  await lockOwnPoints(tx, setId);
  const set = await backupSetById(tx, setId);
  const dropped: PlanLine[] = [];
  for await (const line of retentionPlan(tx, set)) if (line.action === 'drop') dropped.push(line);
  for (const { point, reason } of dropped) {
    if (!(await changePointState(tx, point.id, point.state, 'deleting'))) continue;
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.delete',
      subjectKind: 'recovery-point',
      subjectId: point.id,
      details: { set: set.name, name: point.name, takenAt: point.takenAt.toString(), reason },
    });
  }
}
