import type { KeyObject } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../kernel/durable-files.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type Anchor, anchorIsSigned, parseAnchor } from './anchor.ts';

/** One line of an anchor file. */
export interface AnchorLine {
  readonly file: string;
  readonly line: number;
  /** Absent when the line is no anchor. */
  readonly anchor?: Anchor;
  /** The beginning of an anchor: a write that a crash cut short. */
  readonly torn: boolean;
}

const FILE_NAME = /^audit-anchors-\d{4}-\d{2}\.jsonl$/;

/**
 * Appends an anchor to the month's file, on the disk when this returns. Lines are short, written at once and in append
 * mode, so processes that share a directory do not mix them up.
 *
 * @throws AppError `unavailable` `anchor-not-written`.
 */
export async function appendAnchor(directory: string, anchor: Anchor): Promise<void> {
  const path = join(directory, `audit-anchors-${anchor.at.slice(0, 7)}.jsonl`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    try {
      const startsLine = await endsWithNewline(file);
      await file.appendFile(`${startsLine ? '' : '\n'}${JSON.stringify(anchor)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(directory);
  } catch (thrown) {
    const message = `The audit anchor cannot be written to ${path}: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'anchor-not-written', message, { cause: thrown });
  }
}

/** Every line of every anchor file in a directory, oldest file first. A directory that is not there holds none. */
export async function* readAnchorLines(directory: string): AsyncGenerator<AnchorLine> {
  for (const name of await anchorFiles(directory)) yield* linesOf(join(directory, name));
}

/** The newest anchor in a directory that the key's holder signed. */
export async function newestAnchor(directory: string, publicKey: KeyObject): Promise<Anchor | undefined> {
  const names = await anchorFiles(directory);
  for (const name of names.toReversed()) {
    const anchors: Anchor[] = [];
    for await (const { anchor } of linesOf(join(directory, name))) if (anchor) anchors.push(anchor);
    const newest = anchors.findLast((anchor) => anchorIsSigned(anchor, publicKey));
    if (newest) return newest;
  }
  return undefined;
}

async function anchorFiles(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => FILE_NAME.test(name)).toSorted();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const message = `The audit anchors in ${directory} cannot be read: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'anchors-unreadable', message, { cause: thrown });
  }
}

async function* linesOf(path: string): AsyncGenerator<AnchorLine> {
  const file = await open(path, 'r');
  try {
    let line = 0;
    for await (const text of file.readLines({ autoClose: false })) {
      line += 1;
      const anchor = parseAnchor(text);
      yield anchor ? { file: path, line, anchor, torn: false } : { file: path, line, torn: isTorn(text) };
    }
  } finally {
    await file.close();
  }
}

const ANCHOR_BEGIN = '{"version":1,';

// It claims nothing, and to cut a line is no more than to delete it, which nobody can see either.
function isTorn(text: string): boolean {
  return ANCHOR_BEGIN.startsWith(text) || (text.startsWith(ANCHOR_BEGIN) && !text.endsWith('}'));
}

async function endsWithNewline(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
