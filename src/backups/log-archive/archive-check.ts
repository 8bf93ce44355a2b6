import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import { postNotice } from '../../notices/notice.store.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../backup-deps.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { repositoryById } from '../repository.queries.ts';
import { checkLogArchive, type FoundInArchive } from './check-log-archive.ts';
import { logArchiveOf, ownersOfSet } from './log-archive.queries.ts';
import { recordLogCheck } from './log-archive.store.ts';

/**
 * Checks the archived log of a set and records what was found. Whoever answers for a service that is recovered from the set is
 * told when it is no longer sound.
 *
 * @returns undefined when nothing is archived.
 * @throws AppError see `checkLogArchive`; nothing is recorded then.
 */
export async function checkArchiveOf(
  { db, log }: Pick<BackupJobsDeps, 'db' | 'log'>,
  setId: string,
  { jobId, signal }: RunningJob,
): Promise<FoundInArchive | undefined> {
  const set = await backupSetById(db, setId);
  const repository = await repositoryById(db, set.repositoryId);
  const found = await checkLogArchive({ db, set, repository, signal });
  if (found === undefined) return undefined;
  const { verdict, findings, segmentsChecked, bytesRead } = found;
  const [first] = findings;
  await db.transaction(async (tx) => {
    const before = (await logArchiveOf(tx, set.id))?.check?.verdict;
    await recordLogCheck(tx, set.id, found);
    const details = { set: set.name, verdict, findings: findings.length, segmentsChecked, bytesRead };
    await recordAudit(tx, { ...about(set), actor: SYSTEM_ACTOR, action: 'log-archive.check', details });
    if (first === undefined || before === verdict) return;
    await postNotice(tx, {
      ...about(set),
      kind: 'log-archive.unsound',
      recipients: await ownersOfSet(tx, set.id),
      summary: `${set.name}: the archived log is ${verdict}. ${first.message}`,
      details: { ...details, because: first.message },
      onceKey: `log-archive.unsound/${set.id}/${jobId}`,
    });
  });
  if (first !== undefined)
    log.error({ set: set.name, verdict, finding: first.message }, 'the archived log is not sound');
  return found;
}

function about({ id }: BackupSet) {
  return { subjectKind: 'backup-set', subjectId: id } as const;
}
