import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../database/database.ts';
import { syncDirectory } from '../../kernel/durable-files.ts';
import type { Logger } from '../../kernel/log.ts';
import { segmentStart } from '../../verification/wal.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import { lsnOf, segmentStartOf } from '../log-position.ts';
import type { BaseBackupRecord } from '../point-record.ts';
import { requireAvailable } from '../repository.identity.ts';
import { listLogArchive, logArchiveIn, segmentFile, timelineOf, unfinishedFile } from './archive-directory.ts';
import { keptBaseBackups } from './kept-base-backups.ts';
import { logArchiveOf } from './log-archive.queries.ts';

/**
 * Removes the archived log that no kept base backup needs: whole segments before the beginning of the oldest one, once that is
 * known to be sound. History files stay, and so does everything of other clusters, and of timelines that the oldest backup
 * does not know.
 *
 * @returns the names of the removed segments.
 * @throws AppError `unavailable` `repository-unavailable`; what was not removed yet stays then.
 */
export async function trimLogArchive(
  { db, log }: { readonly db: Database; readonly log: Logger },
  set: BackupSet,
  repository: Repository,
): Promise<string[]> {
  const archive = await logArchiveOf(db, set.id);
  if (archive?.systemIdentifier === undefined || archive.repositoryId !== repository.id) return [];
  await requireAvailable(repository);
  const oldest = oldestNeeded(await keptBaseBackups(db, set, repository), archive.systemIdentifier);
  if (oldest === undefined) return [];
  const directory = logArchiveIn(join(repository.root, set.name), archive.systemIdentifier);
  const removed: string[] = [];
  for (const { name, file } of await notNeeded(directory, oldest)) {
    await requireAvailable(repository);
    await rm(join(directory, file));
    removed.push(name);
  }
  if (removed.length > 0) {
    await syncDirectory(directory);
    log.info({ set: set.name, segments: removed.length }, 'retention removed archived log');
  }
  return removed;
}

/** Undefined while it is not known for certain which one that is, or what it is worth. */
function oldestNeeded(
  kept: Awaited<ReturnType<typeof keptBaseBackups>>,
  systemIdentifier: string,
): BaseBackupRecord | undefined {
  const ours: { record: BaseBackupRecord; isSound: boolean }[] = [];
  for (const { point, record } of kept) {
    if (record === undefined) return undefined;
    const isSound = point.state === 'present' && point.verdict === 'sound';
    if (record.systemIdentifier === systemIdentifier) ours.push({ record, isSound });
  }
  const [first] = ours.toSorted((a, b) => (lsnOf(a.record.startLsn) < lsnOf(b.record.startLsn) ? -1 : 1));
  return first?.isSound ? first.record : undefined;
}

/** Oldest first, so that a removal that is cut short leaves no hole. */
async function notNeeded(directory: string, { startLsn, timeline, walSegmentBytes }: BaseBackupRecord) {
  const needed = segmentStartOf(lsnOf(startLsn), walSegmentBytes);
  const { segments, unfinished } = await listLogArchive(directory);
  const files = [
    ...segments.map((name) => ({ name, file: segmentFile(name) })),
    ...unfinished.map((name) => ({ name, file: unfinishedFile(name) })),
  ];
  const position = ({ name }: { readonly name: string }) => segmentStart(name, walSegmentBytes);
  return files
    .filter((segment) => timelineOf(segment.name) <= timeline && position(segment) < needed)
    .toSorted((a, b) => (position(a) < position(b) ? -1 : 1));
}
