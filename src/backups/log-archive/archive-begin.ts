import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database, Tx } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import { postNotice } from '../../notices/notice.store.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import { newestPoint } from '../catalogue.queries.ts';
import { formatLsn } from '../log-position.ts';
import type { SessionBegun } from './archive-session.ts';
import { ownersOfSet } from './log-archive.queries.ts';
import { beginLogArchive, recordLogGap } from './log-archive.store.ts';

/** What noting a beginning needs. */
export interface BeginOptions {
  readonly db: Database;
  readonly log: Logger;
  /** Orders a backup of the set: what is archived from here on is of use only together with one. */
  readonly orderBackup: (tx: Tx) => Promise<unknown>;
}

/**
 * Notes how a stream begins, in one transaction: what is archived from now on, what is lost, who is told of it, and the backup
 * that makes the new beginning good for something. Going on where the archive was is nothing to note.
 */
export async function recordBegin(
  { db, log, orderBackup }: BeginOptions,
  set: BackupSet,
  repository: Repository,
  begun: SessionBegun,
): Promise<void> {
  const { systemIdentifier, timeline, gap, setAside } = begun;
  const archived = { setId: set.id, repositoryId: repository.id, systemIdentifier };
  const lost = await db.transaction(async (tx) => {
    const isNew = await beginLogArchive(tx, archived, { afresh: setAside !== undefined });
    const details = { set: set.name, systemIdentifier, timeline, fromLsn: formatLsn(begun.fromLsn) };
    if (isNew) await audit(tx, set, 'log-archive.begin', { ...details, setAside: setAside ?? null });
    const isVanished = !isNew && begun.isEmpty && begun.slotWas === 'there';
    const sentence = sentenceOf(begun, isVanished);
    const isToTell = gap === undefined ? isVanished : await recordLogGap(tx, set.id, textOf(timeline, gap));
    if (isToTell) {
      await audit(tx, set, 'log-archive.gap', { ...details, ...(gap && textOf(timeline, gap)), slot: begun.slotWas });
      await tell(tx, set, sentence, details);
    }
    // A new installation takes its first backup by itself.
    const isToBackUp = isNew || isToTell || begun.isNewTimeline;
    if (isToBackUp && (await newestPoint(tx, set.id)) !== undefined) await orderBackup(tx);
    return isToTell ? sentence : undefined;
  });
  if (setAside !== undefined)
    log.error({ setAside }, 'the archived log is not the log of this database: it was set aside');
  if (lost !== undefined) log.error({ set: set.name }, lost);
}

function textOf(timeline: number, { fromLsn, untilLsn }: NonNullable<SessionBegun['gap']>) {
  return { timeline, fromLsn: formatLsn(fromLsn), untilLsn: formatLsn(untilLsn) };
}

function sentenceOf({ gap, slotWas }: SessionBegun, isVanished: boolean): string {
  if (isVanished) return 'The archived log of the database is gone from its repository; archiving begins anew';
  const why = slotWas === 'lost' ? 'the server could keep it no longer' : 'the server no longer had it';
  return `The log of the database from ${formatLsn(gap?.fromLsn ?? 0n)} to ${formatLsn(gap?.untilLsn ?? 0n)} is not archived: ${why}. No moment in it can be restored`;
}

function audit(tx: Tx, set: BackupSet, action: string, details: Readonly<Record<string, unknown>>): Promise<void> {
  return recordAudit(tx, { actor: SYSTEM_ACTOR, action, subjectKind: 'backup-set', subjectId: set.id, details });
}

async function tell(tx: Tx, set: BackupSet, summary: string, details: { readonly fromLsn: string }): Promise<void> {
  await postNotice(tx, {
    kind: 'log-archive.gap',
    recipients: await ownersOfSet(tx, set.id),
    subjectKind: 'backup-set',
    subjectId: set.id,
    summary: `${set.name}: ${summary}`,
    details,
    onceKey: `log-archive.gap/${set.id}/${details.fromLsn}`,
  });
}
