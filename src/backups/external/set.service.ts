import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import { holdOwner } from '../../auth/owner.store.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { checkTiming } from '../../scheduling/calculator.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { backupSetById, hasPoints, servicesInUseOf } from '../backup-set.queries.ts';
import { endCaptures } from '../capture/capture-schedule.ts';
import { type ExternalSetChange, type ExternalSetState, type NewExternalSet, NO_CLOCK } from './external-set.ts';
import { parsePattern } from './point-pattern.ts';
import type { BackupTarget } from './repository.service.ts';
import {
  type ExternalBackupSet,
  holdRepository,
  insertExternalSet,
  lockExternalSet,
  lockSet,
  requireWatched,
  retireExternalSet,
  updateExternalSet,
} from './set.store.ts';

/**
 * Enters a set of backups that another tool makes.
 * @throws AppError `invalid` `bad-pattern`, `invalid-timing`; `conflict` `backup-set-name-taken`, `pattern-taken`;
 *   `unprocessable` `unsuitable-repository`, `unsuitable-owner`.
 */
export async function createExternalSet(tx: Tx, caller: Caller, wanted: NewExternalSet): Promise<BackupSet> {
  const { repositoryId, ...stated } = wanted;
  const state = checked(stated);
  await holdRepository(tx, repositoryId);
  const owner = await holdOwner(tx, state.ownerId, '#/ownerId');
  const id = newId();
  await insertExternalSet(tx, { id, repositoryId, row: { ...state, ownerKind: owner.kind } });
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.create', ...subject(id), details: wanted });
  return backupSetById(tx, id);
}

/**
 * Changes a set. Points that do not match a new pattern any more are `missing` from the next listing on; what one point is can
 * be changed only while the set has none.
 * @throws AppError `invalid` `bad-pattern`, `invalid-timing`, `no-clock`; `not-found`; `stale`; `conflict`
 *   `backup-set-retired`, `not-external`, `backup-set-name-taken`, `pattern-taken`, `layout-in-use`; `unprocessable`
 *   `unsuitable-owner`.
 */
export async function updateExternalSetOf(
  tx: Tx,
  caller: Caller,
  target: BackupTarget,
  change: ExternalSetChange,
): Promise<BackupSet> {
  const before = await lockExternalSet(tx, target.id, target.expectedVersion);
  const state = checked({ ...stateOf(before), ...stated(change) });
  requireClock(state);
  if (state.layout !== before.external.layout && (await hasPoints(tx, target.id))) throw layoutInUse(before);
  const isHandedOver = change.ownerId !== undefined;
  const owner = isHandedOver ? await holdOwner(tx, state.ownerId, '#/ownerId') : before.external.owner;
  await updateExternalSet(tx, target.id, { ...state, ownerKind: owner.kind });
  await recordAudit(tx, { ...originOf(caller), action: 'backup-set.update', ...subject(target.id), details: change });
  return backupSetById(tx, target.id);
}

/**
 * Takes a set out of use for good: nothing is listed, checked or reported any more. It stays readable, its name stays taken,
 * and its ping addresses are revoked. What Muster takes itself is not taken any more.
 * @throws AppError `not-found`; `stale`; `conflict` `backup-set-retired`, `not-external`, or `backup-set-still-needed`, which
 *   names services that are recovered from it.
 */
export async function retireBackupSet(
  tx: Tx,
  caller: Caller,
  queue: JobQueue,
  target: BackupTarget,
  reason: string,
): Promise<BackupSet> {
  const { name } = requireWatched(await lockSet(tx, target.id, target.expectedVersion));
  const services = await servicesInUseOf(tx, target.id, SERVICES_NAMED_MAX + 1);
  if (services.length > 0) {
    const names = services.slice(0, SERVICES_NAMED_MAX).map((service) => service.name);
    const more = services.length > SERVICES_NAMED_MAX ? ' and more' : '';
    throw new AppError(
      'conflict',
      'backup-set-still-needed',
      `${name} still brings back ${names.join(', ')}${more}: change or retire those services first`,
    );
  }
  await retireExternalSet(tx, target.id, reason);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'backup-set.retire',
    ...subject(target.id),
    details: { name, reason },
  });
  const retired = await backupSetById(tx, target.id);
  if (retired.capture !== undefined) await endCaptures(tx, queue, originOf(caller), retired);
  return retired;
}

/** As many services as a message can name. */
const SERVICES_NAMED_MAX = 5;

/** Fields that are left out change nothing. */
function stated(change: ExternalSetChange): Partial<ExternalSetState> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function stateOf({ name, external }: ExternalBackupSet): ExternalSetState {
  const { owner, listedAt: _listed, ...definition } = external;
  return {
    ...definition,
    name,
    ownerId: owner.id,
    schedule: external.schedule ?? null,
    rpoSeconds: external.rpoSeconds ?? null,
    expectedFormat: external.expectedFormat ?? null,
    minimumBytes: external.minimumBytes ?? null,
    fullReadDays: external.fullReadDays ?? null,
    window: external.window ?? null,
  };
}

function checked(state: ExternalSetState): ExternalSetState {
  requireTime(state);
  const { schedule, zone } = state;
  return { ...state, schedule: schedule && checkedSchedule(schedule, zone) };
}

/** Names must say what they are asked for. */
function requireTime({ pattern, timeSource, layout }: ExternalSetState): void {
  if (parsePattern(pattern).precision !== undefined) return;
  const refuse = (field: string, message: string) =>
    new AppError('invalid', 'bad-pattern', `The pattern ${pattern} holds no whole date: ${message}`, {
      fields: [{ field, message }],
    });
  if (timeSource === 'name') {
    throw refuse('#/timeSource', 'needs a date in the pattern (%Y%m%d), or must be manifest or mtime');
  }
  if (layout === 'files') throw refuse('#/layout', 'needs a date in the pattern that says which files are one point');
}

/**
 * The schedule of a set, its pattern in the one normal form.
 * @throws AppError `invalid` `invalid-timing`.
 */
export function checkedSchedule<Schedule extends { readonly cron: string }>(
  schedule: Schedule,
  zone: string,
): Schedule {
  try {
    return { ...schedule, cron: checkTiming({ cron: schedule.cron, zone }).cron };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const fields = thrown.fields.map((problem) => ({ ...problem, field: '#/schedule/cron' }));
    throw new AppError(thrown.kind, thrown.code, thrown.message, { fields });
  }
}

/** @throws AppError `invalid` `no-clock` for a set of which nobody would know when it is too old. */
export function requireClock({ schedule, rpoSeconds }: Pick<ExternalSetState, 'schedule' | 'rpoSeconds'>): void {
  if (schedule !== null || rpoSeconds !== null) return;
  const message = NO_CLOCK;
  throw new AppError('invalid', 'no-clock', `The set would have neither schedule nor RPO: rpoSeconds ${message}`, {
    fields: [{ field: '#/rpoSeconds', message }],
  });
}

function layoutInUse({ name }: BackupSet): AppError {
  return new AppError(
    'conflict',
    'layout-in-use',
    `${name} has recovery points of its present layout: make another set for backups of another one`,
    { fields: [{ field: '#/layout', message: 'cannot change while the set has recovery points' }] },
  );
}

const subject = (id: string) => ({ subjectKind: 'backup-set', subjectId: id });
