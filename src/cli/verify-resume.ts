import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../kernel/errors.ts';
import { printable, VERDICTS_WORST_FIRST } from '../verification/finding.ts';
import { LEVELS } from '../verification/level.ts';
import type { VerifyTarget } from '../verification/target.ts';
import type { PathResult } from '../verification/verify-file.ts';

/** Results of earlier runs, and those of this one as they come. */
export interface Journal {
  /** What an earlier run found, if the file has not changed since and was checked in the same way. */
  find(target: VerifyTarget): Promise<PathResult | undefined>;
  /** Keeps a result at once: it is there also if this process is killed next. */
  note(target: VerifyTarget, result: PathResult): void;
  close(): void;
}

const resultSchema = z.looseObject({
  path: z.string(),
  verdict: z.enum(VERDICTS_WORST_FIRST),
  level: z.enum(LEVELS),
  format: z.string(),
  bytes: z.number(),
  decodedBytes: z.number(),
  entries: z.number(),
  findings: z.array(z.looseObject({ kind: z.string(), message: z.string() })),
});

const lineSchema = z.object({ key: z.string(), sizeBytes: z.number(), mtimeMs: z.number(), result: resultSchema });

type Line = z.infer<typeof lineSchema>;

/** What every line begins with: also a last one that was cut. */
const LINE_BEGIN = '{"key":';

/**
 * Opens the journal: lines of JSON, one for each finished file. A last line that was cut is taken away; a file that is
 * something else is never touched. Directories that are one thing are not in it: they are read again.
 * @throws AppError `usage` when it cannot be read or written, or when a line in it is something else.
 */
export async function openJournal(path: string, how: object): Promise<Journal> {
  const { lines: known, wholeBytes } = await readLines(path);
  const file = openForAppending(path, wholeBytes);
  const seen = new Map<VerifyTarget, Omit<Line, 'result'>>();
  return {
    async find(target) {
      const line = await describe(target, how);
      if (line === undefined) return undefined;
      seen.set(target, line);
      const before = known.get(line.key);
      const isSame = before?.sizeBytes === line.sizeBytes && before.mtimeMs === line.mtimeMs;
      return isSame ? { ...(before.result as unknown as PathResult), path: target.path } : undefined;
    },
    note(target, result) {
      const line = seen.get(target);
      // What could not be read, or was moving, is looked at again.
      const isFinal = result.sha256 !== undefined;
      if (line !== undefined && isFinal) append(file, path, `${JSON.stringify({ ...line, result })}\n`);
    },
    close() {
      closeSync(file);
    },
  };
}

async function describe(target: VerifyTarget, how: object): Promise<Omit<Line, 'result'> | undefined> {
  if (target.kind !== 'file') return undefined;
  const path = join(target.directory, target.file);
  const found = await stat(target.location === undefined ? path : Buffer.from(target.location)).catch(() => undefined);
  const key = JSON.stringify([path, how, target.recorded?.digests ?? null]);
  return found && { key, sizeBytes: found.size, mtimeMs: found.mtimeMs };
}

async function readLines(path: string): Promise<{ lines: Map<string, Line>; wholeBytes: number }> {
  const bytes = await readExisting(path);
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  const texts = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1);
  const lines = new Map<string, Line>();
  for (const [index, text] of texts.entries()) {
    const parsed = lineSchema.safeParse(jsonOf(text));
    if (!parsed.success) throw notOurs(path, index + 1);
    lines.set(parsed.data.key, parsed.data);
  }
  const cut = bytes.toString('utf8', wholeBytes, wholeBytes + LINE_BEGIN.length);
  if (!LINE_BEGIN.startsWith(cut)) throw notOurs(path, texts.length + 1);
  return { lines, wholeBytes };
}

async function readExisting(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is not a regular file');
    return await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw unusable(path, thrown);
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function openForAppending(path: string, wholeBytes: number): number {
  try {
    const file = openSync(path, 'a', 0o600);
    ftruncateSync(file, wholeBytes);
    return file;
  } catch (thrown) {
    throw unusable(path, thrown);
  }
}

function append(file: number, path: string, line: string): void {
  try {
    writeSync(file, line);
  } catch (thrown) {
    throw unusable(path, thrown);
  }
}

function notOurs(path: string, line: number): AppError {
  const message = `--resume: line ${line} of ${printable(path)} is no result of muster verify. The file was not touched: name the one of an earlier run, or one that does not exist yet.`;
  return new AppError('usage', 'journal-broken', message);
}

function unusable(path: string, thrown: unknown): AppError {
  const message = `--resume: ${printable(path)} cannot be used: ${messageOf(thrown)}`;
  return new AppError('usage', 'journal-unusable', message);
}
