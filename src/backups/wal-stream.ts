import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { formatLsn, segmentStartOf } from './log-position.ts';
import { LogStream } from './log-stream.ts';
import type { ReplicationConnection } from './replication.connection.ts';
import { type OpenSegment, SegmentWriter, writeFully } from './segment-writer.ts';
import { receiveTimelineHistory } from './timeline-history.ts';

export interface WalStreamOptions {
  /** The slot that has kept the log since before the backup. */
  readonly slot: string;
  readonly timeline: number;
  readonly startLsn: bigint;
  /** The stream is complete once everything before this position has arrived. */
  readonly untilLsn: bigint;
  readonly segmentBytes: number;
  /** An existing directory; the segment files are made in it. */
  readonly directory: string;
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void;
}

/** What was received. */
export interface ReceivedWal {
  /** Names of the files in order: the timeline's history where there is one, then the segments. */
  readonly files: readonly string[];
  /** Everything from the first segment's first byte to here is in them. */
  readonly endLsn: bigint;
}

/** A temporary slot holds the log from this moment on; it goes away with the connection. */
export async function reserveWal(connection: ReplicationConnection, slot: string): Promise<void> {
  await connection.rows(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY PHYSICAL (RESERVE_WAL true)`);
}

/**
 * Streams write-ahead log into segment files, from the segment that holds `startLsn` until `untilLsn`. The last file is
 * filled with zeros to a whole segment, as PostgreSQL expects it. Nothing is synced to disk here.
 *
 * @throws AppError `unavailable` `wal-incomplete` when the stream has a gap or ends too early.
 */
export async function receiveWal(connection: ReplicationConnection, options: WalStreamOptions): Promise<ReceivedWal> {
  const { directory, segmentBytes, timeline, slot, untilLsn } = options;
  const files: string[] = [];
  const history = await receiveTimelineHistory(connection, timeline);
  if (history !== undefined) {
    await writeFile(join(directory, history.fileName), history.content, { mode: 0o600, flag: 'wx' });
    files.push(history.fileName);
  }
  const fromLsn = segmentStartOf(options.startLsn, segmentBytes);
  const openNamed = (name: string) => {
    files.push(name);
    return openPlain(join(directory, name), segmentBytes);
  };
  const stream = new LogStream(connection, { slot, timeline, fromLsn });
  await using writer = new SegmentWriter({ timeline, segmentBytes, fromLsn, open: openNamed });
  let stopping = false;
  for await (const message of stream) {
    if (message.kind === 'alive' && message.wantsReply) stream.report(writer.position);
    if (message.kind !== 'data' || stopping) continue;
    await writer.write(message.startLsn, message.bytes);
    options.onProgress?.(Number(writer.position - fromLsn), Number(untilLsn - fromLsn));
    if (writer.position < untilLsn) continue;
    stopping = true;
    stream.end();
  }
  if (!stopping) throw endedEarly(writer.position, options);
  await writer.finish();
  return { files, endLsn: writer.position };
}

/** A file of the segment's own name. */
async function openPlain(path: string, segmentBytes: number): Promise<OpenSegment> {
  const file = await open(path, 'wx', 0o600);
  return {
    write: (bytes, offset) => writeFully(file, bytes, offset),
    finish: async () => {
      await file.truncate(segmentBytes);
      await file.close();
    },
    close: () => file.close(),
  };
}

function endedEarly(at: bigint, { startLsn, untilLsn }: WalStreamOptions): AppError {
  const wanted = `${formatLsn(startLsn)} to ${formatLsn(untilLsn)}`;
  const message = `The log from ${wanted} is not complete: the server ended the stream at ${formatLsn(at)}`;
  return new AppError('unavailable', 'wal-incomplete', message);
}
