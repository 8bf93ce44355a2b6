import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, open, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { AppError } from '../../kernel/errors.ts';
import { readSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from '../../verification/wal.ts';
import { explainFullDisk } from '../disk.ts';
import { lsnOf, segmentStartOf } from '../log-position.ts';
import type { BaseBackupRecord } from '../point-record.ts';
import { unpackFailureOf } from '../unpack-failure.ts';
import { listLogArchive, logArchiveIn, segmentFile, timelineOf, unfinishedFile } from './archive-directory.ts';

export interface LayOutOptions {
  /** The directory of the backup set that the point lies in. */
  readonly setDirectory: string;
  readonly record: BaseBackupRecord;
  /** As `extractPoint` left it. */
  readonly dataDirectory: string;
  /** No log from here on is needed; left out, everything is. */
  readonly untilLsn?: bigint | undefined;
  readonly signal: AbortSignal;
  /** Bytes of log so far, and all that may follow. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** What was laid out for recovery. */
export interface LaidOutLog {
  /** Segments, the one that was being filled included. */
  readonly segments: number;
  /** Why it ends where it does, when more is archived behind that; undefined when it is everything that was asked for. */
  readonly cutShort: string | undefined;
}

/**
 * Puts the archived log that follows a base backup into its data directory, where recovery finds it: in one piece, as far as
 * it goes without a gap or a damaged segment. The segment in which the backup's own log ends is replaced by the whole of it.
 *
 * @throws AppError `unavailable` `disk-full`; the signal's reason after an abort.
 */
export async function layOutLog(options: LayOutOptions): Promise<LaidOutLog> {
  const { setDirectory, record, dataDirectory, signal, onProgress } = options;
  const { systemIdentifier, timeline, walSegmentBytes: segmentBytes } = record;
  const directory = logArchiveIn(setDirectory, systemIdentifier);
  const listing = await listLogArchive(directory);
  const own = [...listing.segments, ...listing.unfinished].filter((name) => timelineOf(name) === timeline).sort();
  const names = wantedNames(options, own.at(-1));
  for (const [index, name] of names.entries()) {
    signal.throwIfAborted();
    const target = join(dataDirectory, 'pg_wal', name);
    const isComplete = listing.segments.includes(name);
    const isThere = isComplete || listing.unfinished.includes(name);
    if (!isThere) return { segments: index, cutShort: `the archived log has a gap at ${name}` };
    const damage = isComplete
      ? await unpackSegment(join(directory, segmentFile(name)), target, { segmentBytes, signal })
      : await padSegment(join(directory, unfinishedFile(name)), target, segmentBytes);
    const wrong = damage ?? (await foreignHeader(target, name, record));
    if (wrong !== undefined) {
      await rm(target, { force: true });
      return { segments: index, cutShort: `the archived segment ${name} ${wrong}` };
    }
    onProgress((index + 1) * segmentBytes, names.length * segmentBytes);
    // What comes behind a segment that was never filled is another stretch of the log.
    if (!isComplete) return { segments: index + 1, cutShort: undefined };
  }
  return { segments: names.length, cutShort: undefined };
}

/** From the segment in which the backup's own log ends to the last that is archived or needed. */
function wantedNames({ record, untilLsn }: LayOutOptions, last: string | undefined): string[] {
  const { timeline, walSegmentBytes: segmentBytes, walEndLsn } = record;
  const names: string[] = [];
  for (let lsn = segmentStartOf(lsnOf(walEndLsn), segmentBytes); last !== undefined; lsn += BigInt(segmentBytes)) {
    const name = segmentName(timeline, lsn, segmentBytes);
    if (name > last || (untilLsn !== undefined && lsn >= untilLsn)) break;
    names.push(name);
  }
  return names;
}

/** @returns what is wrong with the archived file; what goes wrong with the target is thrown. */
async function unpackSegment(
  archived: string,
  target: string,
  { segmentBytes, signal }: { readonly segmentBytes: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  try {
    const decoder = createZstdDecompress();
    await pipeline(createReadStream(archived), decoder, createWriteStream(target, { mode: 0o600 }), { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    const { blame, message } = unpackFailureOf(thrown);
    if (blame === 'target') throw await explainFullDisk(target, thrown);
    return `is damaged: ${message}`;
  }
  const { size } = await stat(target);
  return size === segmentBytes ? undefined : `has ${size} bytes instead of ${segmentBytes}`;
}

async function padSegment(archived: string, target: string, segmentBytes: number): Promise<string | undefined> {
  await copyFile(archived, target).catch(async (thrown: unknown) => {
    throw await explainFullDisk(target, thrown);
  });
  const { size } = await stat(target);
  await truncate(target, segmentBytes);
  return size >= SEGMENT_HEADER_BYTES ? undefined : 'has nothing in it yet';
}

async function foreignHeader(
  path: string,
  name: string,
  { systemIdentifier, timeline, walSegmentBytes }: BaseBackupRecord,
): Promise<string | undefined> {
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES, 0);
  const header = readSegmentHeader(buffer);
  const isInPlace = header !== undefined && segmentName(timeline, header.startLsn, walSegmentBytes) === name;
  if (isInPlace && String(header.systemIdentifier) === systemIdentifier) return undefined;
  return 'is not the one that its name and its cluster say';
}

/**
 * Puts the history files of younger timelines beside the log: the recovered server then begins a timeline that has no number of
 * theirs, and what it writes never mixes with what is archived of them.
 */
export async function layOutHistories(
  setDirectory: string,
  record: BaseBackupRecord,
  dataDirectory: string,
): Promise<void> {
  const directory = logArchiveIn(setDirectory, record.systemIdentifier);
  for (const name of (await listLogArchive(directory)).histories) {
    if (Number.parseInt(name, 16) <= record.timeline) continue;
    await copyFile(join(directory, name), join(dataDirectory, 'pg_wal', name));
  }
}

/** The error for a point beside which no log is archived that goes beyond it. */
export function noArchivedLog(pointDirectory: string, why: string | undefined): AppError {
  const message = `Beside ${pointDirectory} lies no archived log that goes beyond it${why === undefined ? '' : ` (${why})`}: leave out --to to bring back the backup itself`;
  return new AppError('unprocessable', 'no-archived-log', message);
}
