import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import { holdOwner } from '../../auth/owner.store.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { Keyring } from '../../secrets/keyring.ts';
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
import { requireWithinLimits } from './source-limits.ts';
import { changePassword } from './source-password.ts';

/** What changes of such sets need besides the transaction. */
export interface CapturedSetDeps {
  readonly queue: JobQueue;
  /** Seals the passwords of sources. */
  readonly keyring: Keyring;
}

/**
 * Enters a set of backups that Muster takes, by its schedule from now on.
 * @throws AppError `invalid` `invalid-timing`, `source-limits`, `password-not-asked-for`; `conflict` `backup-set-name-taken`;
 *   `unprocessable` `unsuitable-repository`, `unsuitable-owner`.
 */
export async function createCapturedSet(
  tx: Tx,
  caller: Caller,
  { queue, keyring }: CapturedSetDeps,
  wanted: NewCapturedSet,
): Promise<BackupSet> {
  const { repositoryId, password, ...stated } = wanted;
  const state = checked(stated);
  await holdRepository(tx, repositoryId);
  const workerTag = await holdWritable(tx, repositoryId);
  const owner = await holdOwner(tx, state.ownerId, '#/ownerId');
  const id = newId();
  const row = watchedAs(state, { pattern: capturedPattern(state.name), ownerKind: owner.kind });
  await insertExternalSet(tx, { id, repositoryId, row, source: state.source });
  await recordSource(tx, id, state);
  await changePassword(tx, keyring, { setId: id, before: undefined, source: state.source, password });
  const details = withoutPassword(wanted);
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.create', ...subject(id), details });
  const set = await backupSetById(tx, id);
  await scheduleCaptures(tx, queue, originOf(caller), { set, workerTag, isNew: true });
  return set;
}

/**
 * Changes a set that Muster takes. Points that were taken before stay as they are.
 * @throws AppError `invalid` `invalid-timing`, `no-clock`, `source-limits`, `password-not-asked-for`,
 *   `password-to-be-given-again`; `not-found`; `stale`; `conflict` `backup-set-retired`,
 *   `not-taken-from-a-source`; `unprocessable` `unsuitable-owner`.
 */
export async function updateCapturedSet(
  tx: Tx,
  caller: Caller,
  { queue, keyring }: CapturedSetDeps,
  target: BackupTarget,
  change: CapturedSetChange,
): Promise<BackupSet> {
  const before = requireCaptured(await lockSet(tx, target.id, target.expectedVersion));
  const { password, ...changed } = change;
  const state = checked({ ...stateOf(before), ...stated(changed) });
  requireClock(state);
  const { external } = before;
  const owner = change.ownerId === undefined ? external.owner : await holdOwner(tx, change.ownerId, '#/ownerId');
  await updateExternalSet(
    tx,
    target.id,
    watchedAs(state, { pattern: capturedPattern(before.name), ownerKind: owner.kind }),
  );
  await recordSource(tx, target.id, state);
  await changePassword(tx, keyring, { setId: target.id, before: before.capture, source: state.source, password });
  const details = withoutPassword(change);
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.update', ...subject(target.id), details });
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
  requireWithinLimits(state);
  return { ...state, schedule: state.schedule && checkedSchedule(state.schedule, state.zone) };
}

/** Fields that are left out change nothing. */
function stated(change: Omit<CapturedSetChange, 'password'>): Partial<CapturedSetState> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function stateOf({ name, external, capture }: CapturedSet): CapturedSetState {
  return {
    name,
    source: capture.source,
    recipients: [...capture.recipients],
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

/** What the audit trail says of a request: that a password was given or removed, and never which. */
function withoutPassword<Request extends { readonly password?: string | null | undefined }>(request: Request) {
  const { password, ...details } = request;
  return password === undefined ? details : { ...details, password: password === null ? 'removed' : 'given' };
}

const subject = (id: string) => ({ subjectKind: 'backup-set', subjectId: id });
