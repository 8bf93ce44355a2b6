import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../../audit/audit.store.ts';
import { type Origin, originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { postNotice } from '../../notices/notice.store.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { groupOf, matchPath } from './pattern-match.ts';
import { parsePattern } from './point-pattern.ts';
import { isAhead, reportById } from './report.queries.ts';
import { insertReport, markEmpty, type RegisteredPoint, registerReportedPoint } from './report.store.ts';
import type { BackupReport, Registration, ReportedFacts, ReportKind } from './report.ts';
import { type ExternalBackupSet, requireExternal } from './set.store.ts';
import { tellUnsoundPoint } from './unsound-notice.ts';

/**
 * Takes a success that came over the API.
 * @throws AppError `not-found` `no-such-backup-set`; `conflict` `backup-set-retired`, `not-external`; `unprocessable`
 *   `taken-in-the-future`; else see {@link takeReport}.
 */
export async function registerBackup(
  tx: Tx,
  caller: Caller,
  setId: string,
  { takenAt, ...registration }: Registration,
): Promise<BackupReport> {
  const set = requireExternal(await backupSetById(tx, setId));
  const { name, sizeBytes, sha256, durationSeconds, logExcerpt } = registration;
  const facts = {
    ...{ name, sizeBytes, sha256, durationSeconds },
    takenAt: takenAt === undefined ? undefined : Temporal.Instant.from(takenAt),
    logExcerpt: logExcerpt || undefined,
  };
  if (facts.takenAt && (await isAhead(tx, facts.takenAt))) {
    const message = 'must not lie in the future: data cannot be younger than its backup';
    throw new AppError('unprocessable', 'taken-in-the-future', `takenAt ${message}`, {
      fields: [{ field: '#/takenAt', message }],
    });
  }
  return takeReport(tx, set, { kind: 'success', via: 'api', facts, origin: originOf(caller), nameField: '#/name' });
}

/** Discovery would never find a point of another name, and call it missing. */
function requireInPattern({ external }: ExternalBackupSet, name: string, field: string): void {
  const pattern = parsePattern(external.pattern);
  const match = matchPath(pattern, name);
  const wanted = match && external.layout === 'files' ? groupOf(pattern, match) : name;
  if (match !== undefined && wanted === name) return;
  const message =
    match === undefined
      ? `does not fit the pattern ${external.pattern}`
      : `is one file of the point ${wanted}: name that`;
  throw new AppError('unprocessable', 'name-outside-pattern', `name ${message}`, {
    fields: [{ field, message }],
  });
}

/** A report, and by whom it came. */
interface IncomingReport {
  readonly kind: ReportKind;
  readonly via: BackupReport['via'];
  readonly facts: ReportedFacts;
  readonly origin: Origin;
  /** Where the name of the point stood. */
  readonly nameField: string;
}

/**
 * Takes what a backup script says of its run. A success that names a point enters it, or completes one that is known; a success
 * of 0 bytes is `damaged` at once, and its owner is told; so is a failure. What lies in the repository is for discovery to compare.
 * @throws AppError `conflict` `another-digest`; `unprocessable` `name-outside-pattern`: discovery would never find it.
 */
export async function takeReport(tx: Tx, set: ExternalBackupSet, report: IncomingReport): Promise<BackupReport> {
  const { kind, via, facts, origin } = report;
  const isSuccess = kind === 'success';
  if (isSuccess && facts.name !== undefined) requireInPattern(set, facts.name, report.nameField);
  const registered =
    isSuccess && facts.name !== undefined ? await registerReportedPoint(tx, set, facts.name, facts) : undefined;
  const verdict = isSuccess && facts.sizeBytes === 0 ? 'damaged' : undefined;
  const pointId = registered?.point.id;
  const id = await insertReport(tx, { setId: set.id, kind, via, facts, pointId, verdict });
  if (registered) await recordRegistration(tx, set, registered, report);
  if (kind === 'fail') await tellFailure(tx, set, { id, logExcerpt: facts.logExcerpt });
  if (verdict === 'damaged' && registered) await condemn(tx, set, registered, { reportId: id, origin });
  return reportById(tx, id);
}

/** The owner learns of a failure that the script itself has told, and need not wait until the set is too old. */
function tellFailure(
  tx: Tx,
  set: ExternalBackupSet,
  { id, logExcerpt }: { readonly id: string; readonly logExcerpt: string | undefined },
): Promise<number> {
  const lastLine = logExcerpt?.trim().split('\n').at(-1)?.trim() ?? '';
  return postNotice(tx, {
    kind: 'backup-set.failed',
    recipients: [set.external.owner.id],
    subjectKind: 'backup-set',
    subjectId: set.id,
    summary: `${set.name}: its backup failed${lastLine === '' ? '.' : `: ${lastLine}`}`,
    details: { set: set.name, report: id },
    onceKey: `backup-set.failed/${set.id}/${id}`,
  });
}

async function recordRegistration(
  tx: Tx,
  set: ExternalBackupSet,
  { point, isNew, isCompleted }: RegisteredPoint,
  { via, origin }: IncomingReport,
): Promise<void> {
  if (!isNew && !isCompleted) return;
  await recordAudit(tx, {
    ...origin,
    action: isNew ? 'recovery-point.register' : 'recovery-point.complete',
    subjectKind: 'recovery-point',
    subjectId: point.id,
    details: { set: set.name, name: point.name, digest: point.digest ?? null, sizeBytes: point.sizeBytes, via },
  });
}

async function condemn(
  tx: Tx,
  set: ExternalBackupSet,
  { point }: RegisteredPoint,
  { reportId, origin }: { readonly reportId: string; readonly origin: Origin },
): Promise<void> {
  if (!(await markEmpty(tx, point.id))) return;
  await recordAudit(tx, {
    ...origin,
    action: 'recovery-point.condemn',
    subjectKind: 'recovery-point',
    subjectId: point.id,
    details: { set: set.name, name: point.name, verdict: 'damaged', report: reportId },
  });
  const because = 'Its backup was reported as a success of 0 bytes.';
  await tellUnsoundPoint(tx, set, { point, verdict: 'damaged', because, occasion: reportId });
}
