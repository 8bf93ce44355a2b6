import { readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { syncDirectory } from '../../kernel/durable-files.ts';
import { isSegmentName } from '../../verification/wal.ts';
import { isHistoryName } from '../timeline-history.ts';

/**
 * Where the log of a cluster lies: `wal/<system identifier>` in the directory of its backup set. Two clusters that one
 * repository has seen, one after the other, name their segments alike.
 */
export function logArchiveIn(setDirectory: string, systemIdentifier: string): string {
  return join(setDirectory, 'wal', systemIdentifier);
}

/** What lies in an archive, each list in order: by timeline, and by position in it. */
export interface LogArchiveListing {
  /** Names of complete segments. */
  readonly segments: readonly string[];
  /** Names of segments that are being filled, or were until their timeline or their stretch of the log ended. */
  readonly unfinished: readonly string[];
  /** Names of history files. */
  readonly histories: readonly string[];
}

/** The file of a complete segment. */
export const segmentFile = (name: string): string => `${name}.zst`;

/** The file of a segment that is being filled: its log as it is, from the first byte as far as it has come. */
export const unfinishedFile = (name: string): string => `.${name}.partial`;

/** Lists an archive; one that is not there is empty. What Muster did not put there is left out. */
export async function listLogArchive(directory: string): Promise<LogArchiveListing> {
  const names = await readdir(directory).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  return {
    segments: names.flatMap((name) => segmentOf(name, segmentFile)).sort(),
    unfinished: names.flatMap((name) => segmentOf(name, unfinishedFile)).sort(),
    histories: names.filter(isHistoryName).sort(),
  };
}

function segmentOf(file: string, fileOf: (name: string) => string): string[] {
  const [name = ''] = /[0-9A-F]{24}/.exec(file) ?? [];
  return isSegmentName(name) && fileOf(name) === file ? [name] : [];
}

/** The timeline that a segment's name states. */
export function timelineOf(segment: string): number {
  return Number.parseInt(segment.slice(0, 8), 16);
}

/**
 * Moves an archive out of the way whose log is another than the server's: the database files were put back to an earlier
 * state without a restore. Nothing of it is lost; restores no longer look into it.
 * @returns where it lies now.
 */
export async function setArchiveAside(directory: string, clock: Clock): Promise<string> {
  const now = clock.now().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '');
  const aside = `${directory}.until-${now}`;
  await rename(directory, aside);
  await syncDirectory(dirname(directory));
  return aside;
}
