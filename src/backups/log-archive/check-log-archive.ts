import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../database/database.ts';
import { type Finding, verdictOf } from '../../verification/finding.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import { ReadingThread } from '../../verification/reading-thread.ts';
import { readSegmentHeader, SEGMENT_HEADER_BYTES, segmentStart } from '../../verification/wal.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import { lsnOf } from '../log-position.ts';
import type { BaseBackupRecord } from '../point-record.ts';
import { requireAvailable } from '../repository.identity.ts';
import { listLogArchive, logArchiveIn, segmentFile, unfinishedFile } from './archive-directory.ts';
import { keptBaseBackups } from './kept-base-backups.ts';
import { logArchiveOf } from './log-archive.queries.ts';
import type { LogArchive, LogArchiveCheck } from './log-archive.ts';
import { type NeededLog, neededLog } from './needed-log.ts';

/** The archive to check, and where it lies. */
export interface ArchiveToCheck {
  readonly db: Database;
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly signal: AbortSignal;
}

/** What a check found, without when. */
export type FoundInArchive = Omit<LogArchiveCheck, 'at'>;

/**
 * Reads the archived log that the kept base backups need, from the oldest one to now: every segment must be there, decode to its
 * full length, and state in the headers of its pages the cluster, timeline and position that it is archived for. Backups that
 * are older than the archive are left out.
 *
 * @returns undefined when nothing is archived in this repository.
 * @throws AppError `unavailable` `repository-unavailable`, before or after: what a check sees while a disk goes away says
 * nothing about the archive. The signal's reason after an abort.
 */
export async function checkLogArchive(options: ArchiveToCheck): Promise<FoundInArchive | undefined> {
  const { db, set, repository } = options;
  await requireAvailable(repository);
  const archive = await logArchiveOf(db, set.id);
  if (archive?.systemIdentifier === undefined || archive.repositoryId !== repository.id) return undefined;
  const place = placeOf(options, archive.systemIdentifier);
  const needed = await needs(options, archive, place);
  const found = await readAll(options, place, needed);
  if (found.findings.length === 0) return { ...found, verdict: verdictOf([], found.checkedCount) };
  await requireAvailable(repository);
  // Retention may have removed meanwhile what nobody needs any longer.
  const still = new Set((await needs(options, archive, place)).flatMap((log) => filesOf(place, log)));
  const findings = found.findings.filter(({ file }) => still.has(file));
  return { ...found, findings, verdict: verdictOf(findings, found.checkedCount) };
}

interface Place {
  readonly setDirectory: string;
  /** Relative to the set's directory, as findings name it. */
  readonly path: string;
  readonly systemIdentifier: string;
}

function placeOf({ repository, set }: ArchiveToCheck, systemIdentifier: string): Place {
  return { setDirectory: join(repository.root, set.name), path: logArchiveIn('', systemIdentifier), systemIdentifier };
}

async function needs(options: ArchiveToCheck, archive: LogArchive, place: Place): Promise<NeededLog[]> {
  const { db, set, repository } = options;
  const listing = await listLogArchive(join(place.setDirectory, place.path));
  const { archivedLsn, timeline } = archive;
  const isKnown = archivedLsn !== undefined && timeline !== undefined;
  const upTo = isKnown ? { timeline, lsn: lsnOf(archivedLsn) } : undefined;
  const backups = (await keptBaseBackups(db, set, repository)).flatMap(({ point, record }): BaseBackupRecord[] => {
    const isYounger =
      archive.begunAt !== undefined && point.takenAt.epochMilliseconds >= archive.begunAt.epochMilliseconds;
    const isOurs = isYounger && point.state === 'present' && record?.systemIdentifier === archive.systemIdentifier;
    return isOurs && record !== undefined ? [record] : [];
  });
  return neededLog(backups, listing, upTo);
}

function filesOf({ path }: Place, { segments, growing }: NeededLog): string[] {
  const complete = segments.map((name) => join(path, segmentFile(name)));
  return growing === undefined ? complete : [...complete, join(path, unfinishedFile(growing.name))];
}

interface ReadSoFar {
  readonly findings: Finding[];
  segmentsChecked: number;
  checkedCount: number;
  bytesRead: number;
}

async function readAll(options: ArchiveToCheck, place: Place, needed: readonly NeededLog[]): Promise<ReadSoFar> {
  const read: ReadSoFar = { findings: [], segmentsChecked: 0, checkedCount: 0, bytesRead: 0 };
  const thread = new ReadingThread({ level: 'structure', limits: DEFAULT_LIMITS, publicKeys: [], digestsApart: false });
  try {
    for (const log of needed) {
      const there = new Set((await listLogArchive(join(place.setDirectory, place.path))).segments);
      read.findings.push(...gapsIn(log.segments, there, place));
      for (const name of log.segments) {
        if (there.has(name)) await readSegment(options, place, name, { thread, read });
      }
      if (log.growing !== undefined) await lookAtGrowing(place, log.growing, read);
    }
    return read;
  } finally {
    await thread.close();
  }
}

/** One finding for each stretch, however many segments it has. */
function gapsIn(wanted: readonly string[], there: ReadonlySet<string>, { path }: Place): Finding[] {
  const gaps: string[][] = [];
  for (const [index, name] of wanted.entries()) {
    if (there.has(name)) continue;
    const isNext = index > 0 && !there.has(wanted[index - 1] ?? '');
    if (isNext) gaps.at(-1)?.push(name);
    else gaps.push([name]);
  }
  return gaps.map((names) => {
    const [first = '', last = first] = [names[0], names.at(-1)];
    const which =
      names.length === 1 ? `The WAL segment ${first} is` : `${names.length} WAL segments, ${first} to ${last}, are`;
    const message = `${which} not there: no moment from there on can be restored from a backup before it.`;
    return { kind: 'missing', file: join(path, segmentFile(first)), message };
  });
}

async function readSegment(
  { signal }: ArchiveToCheck,
  { setDirectory, path, systemIdentifier }: Place,
  name: string,
  { thread, read }: { readonly thread: ReadingThread; readonly read: ReadSoFar },
): Promise<void> {
  const file = join(path, segmentFile(name));
  const target = { kind: 'wal-segment', path: file, directory: setDirectory, file, sizeBytes: 0 } as const;
  const result = await thread.verify(
    { ...target, systemIdentifier: BigInt(systemIdentifier) },
    { signal, onRead: () => {} },
  );
  read.findings.push(...result.findings);
  read.segmentsChecked += 1;
  read.checkedCount += 1;
  read.bytesRead += result.bytes;
}

/** The file changes while it is looked at; what the slot has let go of must be in it, or in the complete segment by now. */
async function lookAtGrowing(
  { setDirectory, path, systemIdentifier }: Place,
  { name, bytes }: NonNullable<NeededLog['growing']>,
  read: ReadSoFar,
): Promise<void> {
  const file = join(path, unfinishedFile(name));
  if (bytes === 0) return;
  const head = await headOf(join(setDirectory, file));
  const isComplete = (await listLogArchive(join(setDirectory, path))).segments.includes(name);
  if (head === undefined && isComplete) return;
  const say = (kind: 'missing' | 'truncated' | 'corrupt', what: string) =>
    read.findings.push({ kind, file, message: `The WAL segment ${name}, which is being filled, ${what}.` });
  read.checkedCount += 1;
  if (head === undefined) return void say('missing', 'is not there');
  if (head.sizeBytes < bytes) say('truncated', `has ${head.sizeBytes} bytes, and ${bytes} were archived`);
  const header = readSegmentHeader(head.bytes);
  const isOurs =
    header?.systemIdentifier === BigInt(systemIdentifier) &&
    header.startLsn === segmentStart(name, header.segmentBytes);
  if (!isOurs && head.sizeBytes >= SEGMENT_HEADER_BYTES) say('corrupt', 'does not begin as it must');
}

async function headOf(path: string): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number } | undefined> {
  const file = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (file === undefined) return undefined;
  await using opened = file;
  const { bytesRead, buffer } = await opened.read(Buffer.alloc(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES, 0);
  return { bytes: buffer.subarray(0, bytesRead), sizeBytes: (await opened.stat()).size };
}
