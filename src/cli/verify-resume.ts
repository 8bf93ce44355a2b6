import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { PathResult } from '../verification/verify-file.ts';
import type { VerifyTarget } from '../verification/verify-target.ts';

/** Results of earlier runs, and those of this one as they come. */
export interface Journal {
  /** What an earlier run found, if the file has not changed since and was checked in the same way. */
  find(target: VerifyTarget): Promise<PathResult | undefined>;
  /** Keeps a result at once: it is there also if this process is killed next. */
  note(target: VerifyTarget, result: PathResult): void;
  close(): void;
}

const lineSchema = z.object({ key: z.string(), sizeBytes: z.number(), mtimeMs: z.number(), result: z.unknown() });

type Line = z.infer<typeof lineSchema>;

/**
 * Opens the journal: lines of JSON, one for each finished file. A last line that was cut is taken away.
 * @throws AppError `unavailable` when it cannot be read or written; `invalid` when a line in it is something else.
 */
export async function openJournal(path: string, how: object): Promise<Journal> {
  const known = await readLines(path);
  const file = openForAppending(path);
  const seen = new Map<VerifyTarget, Omit<Line, 'result'>>();
  return {
    async find(target) {
      const line = await describe(target, how);
      if (line === undefined) return undefined;
      seen.set(target, line);
      const before = known.get(line.key);
      const isSame = before?.sizeBytes === line.sizeBytes && before.mtimeMs === line.mtimeMs;
      return isSame ? { ...(before.result as PathResult), path: target.path } : undefined;
    },
    note(target, result) {
      const line = seen.get(target);
      // What could not be read, or was moving, is looked at again.
      const isFinal = result.sha256 !== undefined;
      if (line !== undefined && isFinal) writeSync(file, `${JSON.stringify({ ...line, result })}\n`);
    },
    close() {
      closeSync(file);
    },
  };
}

async function describe(target: VerifyTarget, how: object): Promise<Omit<Line, 'result'> | undefined> {
  if (target.kind !== 'file') return undefined;
  const path = join(target.directory, target.file);
  const found = await stat(path).catch(() => undefined);
  const key = JSON.stringify([path, how, target.recorded?.digests ?? null]);
  return found && { key, sizeBytes: found.size, mtimeMs: found.mtimeMs };
}

async function readLines(path: string): Promise<Map<string, Line>> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw unusable(path, thrown);
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const lines = new Map<string, Line>();
  for (const [index, line] of whole.split('\n').entries()) {
    if (line === '') continue;
    const parsed = lineSchema.safeParse(jsonOf(line));
    if (!parsed.success) {
      throw new AppError(
        'invalid',
        'journal-broken',
        `Line ${index + 1} of ${path} is no result of muster verify --resume.`,
      );
    }
    lines.set(parsed.data.key, parsed.data);
  }
  return lines;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (thrown) {
    throw unusable(path, thrown);
  }
}

function unusable(path: string, thrown: unknown): AppError {
  return new AppError(
    'unavailable',
    'journal-unusable',
    `The file for --resume cannot be used: ${path}: ${messageOf(thrown)}`,
  );
}
