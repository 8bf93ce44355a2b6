import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import { holdOwner } from '../../auth/owner.store.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import type { BackupTarget } from '../external/repository.service.ts';
import { checkedSchedule, requireClock } from '../external/set.service.ts';
import {
  type ExternalBackupSet,
  holdRepository,
  insertExternalSet,
  lockSet,
  requireWatched,
  updateExternalSet,
} from '../external/set.store.ts';
import { scheduleCaptures } from './capture-schedule.ts';
import { holdWritable, recordSource, watchedAs } from './captured-set.store.ts';
import { type CapturedSetChange, type CapturedSetState, capturedPattern, type NewCapturedSet } from './captured-set.ts';

/**
 * Enters a set of backups that Muster takes, by its schedule from now on.
 * @throws AppError `invalid` `invalid-timing`; `conflict` `backup-set-name-taken`; `unprocessable` `unsuitable-repository`,
 *   `unsuitable-owner`.
 */
export async function createCapturedSet(
  tx: Tx,
  caller: Caller,
  queue: JobQueue,
  wanted: NewCapturedSet,
): Promise<BackupSet> {
  const { repositoryId, ...stated } = wanted;
  const state = checked(stated);
  await holdRepository(tx, repositoryId);
  const workerTag = await holdWritable(tx, repositoryId);
  const owner = await holdOwner(tx, state.ownerId, '#/ownerId');
  const id = newId();
  const row = watchedAs(state, { pattern: capturedPattern(state.name), ownerKind: owner.kind });
  await insertExternalSet(tx, { id, repositoryId, row, source: state.source });
  await recordSource(tx, id, state);
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.create', ...subject(id), details: wanted });
  const set = await backupSetById(tx, id);
  await scheduleCaptures(tx, queue, originOf(caller), { set, workerTag, isNew: true });
  return set;
}

/**
 * Changes a set that Muster takes. Points that were taken before stay as they are.
 * @throws AppError `invalid` `invalid-timing`, `no-clock`; `not-found`; `stale`; `conflict` `backup-set-retired`,
 *   `not-taken-from-a-source`; `unprocessable` `unsuitable-owner`.
 */
export async function updateCapturedSet(
  tx: Tx,
  caller: Caller,
  queue: JobQueue,
  target: BackupTarget,
  change: CapturedSetChange,
): Promise<BackupSet> {
  const before = requireCaptured(await lockSet(tx, target.id, target.expectedVersion));
  const state = checked({ ...stateOf(before), ...stated(change) });
  requireClock(state);
  const { external } = before;
  const owner = change.ownerId === undefined ? external.owner : await holdOwner(tx, change.ownerId, '#/ownerId');
  await updateExternalSet(
    tx,
    target.id,
    watchedAs(state, { pattern: capturedPattern(before.name), ownerKind: owner.kind }),
  );
  await recordSource(tx, target.id, state);
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.update', ...subject(target.id), details: change });
  const set = await backupSetById(tx, target.id);
  const workerTag = await holdWritable(tx, set.repositoryId);
  await scheduleCaptures(tx, queue, originOf(caller), { set, workerTag, isNew: external.schedule === undefined });
  return set;
}

/** A set that Muster takes from a source. */
export type CapturedSet = ExternalBackupSet & { readonly capture: NonNullable<BackupSet['capture']> };

/** @throws AppError `conflict` `backup-set-retired`, `not-taken-from-a-source`. */
export function requireCaptured(set: BackupSet): CapturedSet {
  const { capture } = set;
  if (capture !== undefined) return { ...requireWatched(set), capture };
  const message = `${set.name} is not taken from a source: this is for backup sets that Muster takes of something`;
  throw new AppError('conflict', 'not-taken-from-a-source', message);
}

function checked(state: CapturedSetState): CapturedSetState {
  return { ...state, schedule: state.schedule && checkedSchedule(state.schedule, state.zone) };
}

/** Fields that are left out change nothing. */
function stated(change: CapturedSetChange): Partial<CapturedSetState> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function stateOf({ name, external, capture }: CapturedSet): CapturedSetState {
  return {
    name,
    source: capture.source,
    bytesPerSecondMax: capture.bytesPerSecondMax ?? null,
    zone: external.zone,
    schedule: external.schedule ?? null,
    rpoSeconds: external.rpoSeconds ?? null,
    minimumBytes: external.minimumBytes ?? null,
    fullReadDays: external.fullReadDays ?? null,
    window: external.window ?? null,
    description: external.description,
    ownerId: external.owner.id,
  };
}

const subject = (id: string) => ({ subjectKind: 'backup-set', subjectId: id });
