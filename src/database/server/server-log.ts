import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** How the log is bounded. */
export interface LogBound {
  /** Two files of about this size are kept: the log and the one before it. */
  readonly sizeBytesMax: number;
  readonly checkIntervalMs: number;
}

const DEFAULT_BOUND: LogBound = { sizeBytesMax: 8 * 1024 * 1024, checkIntervalMs: 10_000 };
/** How much of the end of the log is read for an error message. */
const TAIL_BYTES = 8 * 1024;
/** Below this a file system counts as full: a log line no longer fits for certain. */
const FULL_BYTES = 64 * 1024;

/** The server's log file, open for the server to inherit. */
export interface ServerLog {
  readonly path: string;
  readonly fd: number;
  /** The last lines that were written since this start, at most `count`, the newest last; or that the disk is full. */
  lastLines(count: number): string[];
  close(): void;
}

/**
 * Opens the log for appending and keeps it bounded: above the size its content moves to `PATH.1` (one older file is kept).
 * The server writes to the file itself, not through Node, so it goes on logging when Node is gone, and a busy event loop
 * never holds it up. Lines that are written in the moment of moving can be lost.
 */
export function openServerLog(path: string, bound: LogBound = DEFAULT_BOUND): ServerLog {
  if (existsSync(path)) moveWhenLarge(path, bound.sizeBytesMax);
  const fd = openSync(path, 'a+', 0o600);
  let startBytes = fstatSync(fd).size;
  const timer = setInterval(() => {
    if (fstatSync(fd).size <= bound.sizeBytesMax) return;
    keepCopy(path);
    // The server appends (O_APPEND), so its next line lands at the new end.
    ftruncateSync(fd, 0);
    startBytes = 0;
  }, bound.checkIntervalMs);
  timer.unref();
  return {
    path,
    fd,
    lastLines: (count) => {
      const lines = readTail(fd, startBytes).slice(-count);
      return lines.length === 0 && isFull(path) ? [`${path} cannot be written: the file system is full`] : lines;
    },
    close: () => {
      clearInterval(timer);
      closeSync(fd);
    },
  };
}

/** On a full disk the older part is given up: a bounded log and a running service are worth more than old lines. */
function keepCopy(path: string): void {
  try {
    copyFileSync(path, `${path}.1`);
  } catch {
    rmSync(`${path}.1`, { force: true });
  }
}

function moveWhenLarge(path: string, sizeBytesMax: number): void {
  const fd = openSync(path, 'r');
  const large = fstatSync(fd).size > sizeBytesMax;
  closeSync(fd);
  if (large) renameSync(path, `${path}.1`);
}

function readTail(fd: number, startBytes: number): string[] {
  const { size } = fstatSync(fd);
  const from = Math.max(startBytes, size - TAIL_BYTES);
  const buffer = Buffer.alloc(Math.max(0, size - from));
  const length = readSync(fd, buffer, 0, buffer.length, from);
  return buffer
    .toString('utf8', 0, length)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < FULL_BYTES;
}
