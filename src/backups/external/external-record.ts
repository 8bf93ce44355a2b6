import type { Database, Tx } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import type { BackupSet, CheckRun, RecoveryPoint } from '../backup-catalogue.ts';
import { failChecks } from '../check-run.store.ts';
import { type CheckToRecord, pointChanged, recordChecks, warnUnlessSound } from '../record-check.ts';
import type { RunKey } from '../run.store.ts';
import { removeResults } from './check-file.store.ts';
import { concludeChecks, type ExaminedPoint } from './conclusion.ts';
import { type FileDigest, recordFileDigests } from './point-file.store.ts';
import type { ExternalCheck } from './point-result.ts';
import { tellUnsoundPoint } from './unsound-notice.ts';

/** A check of an external point that was carried out, and is not on record yet. */
export interface DoneCheck extends ExaminedPoint {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  readonly run: RunKey;
  readonly reason: CheckRun['reason'];
}

/** What became of a check: on record, or not because its point changed, or because another attempt has it by now. */
export interface RecordedCheck {
  readonly done: DoneCheck;
  readonly outcome: 'recorded' | 'changed' | 'lost';
  readonly check: ExternalCheck;
}

/**
 * Concludes checks in the order in which they were made and records them: verdicts, digests, audit, notices, in one
 * transaction. The check of a point that changed meanwhile fails; of one that another attempt has by now nothing is written.
 */
export async function recordDoneChecks(
  { db, log }: { readonly db: Database; readonly log: Logger },
  done: readonly DoneCheck[],
): Promise<RecordedCheck[]> {
  const outcomes = await db.transaction(async (tx) => {
    const concluded = await concludeChecks(tx, done);
    const checks = done.flatMap((one, index) => {
      const check = concluded[index];
      return check === undefined ? [] : [toRecord(one, check)];
    });
    const { recorded, changed } = await recordChecks(tx, checks);
    await recordFileDigests(tx, recorded.flatMap(fileDigests));
    for (const check of recorded) await tell(tx, check);
    await failChecks(tx, changed.map(failureOf));
    await removeResults(
      tx,
      recorded.map(({ point }) => point.id),
    );
    const [noted, other] = [new Set(recorded), new Set(changed)];
    return checks.map((check): RecordedCheck => {
      const outcome = noted.has(check) ? 'recorded' : other.has(check) ? 'changed' : 'lost';
      return { done: check.done, check: check.found, outcome };
    });
  });
  for (const { done: one, check, outcome } of outcomes) if (outcome === 'recorded') warnUnlessSound(log, one, check);
  return outcomes;
}

interface ExternalCheckToRecord extends CheckToRecord {
  readonly done: DoneCheck;
  readonly found: ExternalCheck & CheckToRecord['found'];
}

function toRecord(done: DoneCheck, check: ExternalCheck): ExternalCheckToRecord {
  const { set, point, run, reason, examined } = done;
  const { digestOrigin, format, entriesChecked: entries } = check;
  const external = { digestOrigin, format, entries, marks: point.marks };
  return { set, point, run, reason, done, found: { ...check, external, seconds: examined.seconds } };
}

function fileDigests({ point, found }: ExternalCheckToRecord): FileDigest[] {
  return [...found.fileDigests].map(([path, digest]) => ({ pointId: point.id, path, digest }));
}

async function tell(tx: Tx, { done, found, run }: ExternalCheckToRecord): Promise<void> {
  const because = found.findings[0]?.message ?? 'No reason was given.';
  const { set, point } = done;
  await tellUnsoundPoint(tx, set, { point, verdict: found.verdict, because, occasion: run.id });
}

function failureOf({ run, point }: ExternalCheckToRecord) {
  const { code, message } = pointChanged(point);
  return { run, failure: { code, message } };
}
