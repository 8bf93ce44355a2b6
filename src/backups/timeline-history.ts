import { AppError } from '../kernel/errors.ts';
import { parseLsn } from '../verification/wal.ts';
import type { ReplicationConnection } from './replication.connection.ts';

/** Where a timeline came from, as the server has it on file. */
export interface TimelineHistory {
  /** `00000002.history`. */
  readonly fileName: string;
  readonly content: string;
  /** The timeline's own log begins here; what is before it is that of an older timeline. */
  readonly beginLsn: bigint;
}

/** Whether this is the name of a timeline's history file. */
export function isHistoryName(name: string): boolean {
  return /^[0-9A-F]{8}\.history$/.test(name);
}

/**
 * Asks for the history of a timeline: a cluster that was once promoted recovers only with it. The first timeline has none.
 * @throws AppError `unavailable` `wal-incomplete` when the server does not know it.
 */
export async function receiveTimelineHistory(
  connection: ReplicationConnection,
  timeline: number,
): Promise<TimelineHistory | undefined> {
  if (timeline === 1) return undefined;
  const [fileName, content] = (await connection.rows(`TIMELINE_HISTORY ${timeline}`))[0] ?? [];
  const beginLsn = lastSwitchOf(content ?? '');
  if (fileName && isHistoryName(fileName) && content && beginLsn !== undefined) return { fileName, content, beginLsn };
  throw new AppError('unavailable', 'wal-incomplete', `The server has no history of timeline ${timeline}`);
}

/** Each line names an older timeline, the position at which it was left, and why; the last one is the parent. */
function lastSwitchOf(content: string): bigint | undefined {
  const lines = content.split('\n').filter((line) => /^\s*\d+\s/.test(line));
  return parseLsn(lines.at(-1)?.trim().split(/\s+/)[1] ?? '');
}
