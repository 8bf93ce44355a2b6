import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import { isFinding } from '../../verification/file-digests.ts';
import type { Finding, FindingKind } from '../../verification/finding.ts';
import type { TargetToRead } from '../../verification/reading-thread.ts';
import type { VerifyTarget } from '../../verification/target.ts';
import type { PathResult } from '../../verification/verify-file.ts';
import type { RunKey } from '../run.store.ts';
import { type KeptResult, keepResults, keptResults } from './check-file.store.ts';
import type { PlacedFile } from './point-files.ts';
import { marksOf } from './point-marks.ts';
import type { ReadTarget } from './point-result.ts';
import type { ReadOptions, RepositoryReader } from './repository-reader.ts';

/** What reading the targets of one point is given. */
export interface TargetReading extends ReadOptions {
  readonly db: Database;
  readonly log: Logger;
  /** Keeps what was read, for another attempt; undefined: nothing is kept. */
  readonly run: RunKey | undefined;
  readonly reader: RepositoryReader;
  /** As it lies there. */
  readonly files: readonly PlacedFile[];
  /** Between two tries. */
  readonly retryPauseMs: number;
}

/** What was read of a point. */
export interface PointReading {
  readonly read: readonly ReadTarget[];
  /** SHA-256 by path, of the files that were read to their ends. */
  readonly digests: ReadonlyMap<string, string>;
  /** Of files that could not be digested. */
  readonly findings: readonly Finding[];
}

/** A file is read so often before what looks like a passing fault is one. */
export const READ_TRIES_MAX = 3;

/**
 * Reads all targets, and digests the files that nothing else has: lists, and files of directories whose check as a whole makes
 * no digests. What an earlier attempt of the same check has found of a file is taken from there, unless the file changed since.
 */
export async function readTargets(targets: readonly VerifyTarget[], options: TargetReading): Promise<PointReading> {
  const { db, run, files } = options;
  const reading = new Reading(options, files.length > 1 && run !== undefined ? await keptResults(db, run) : new Map());
  try {
    for (const target of targets) await reading.take(target);
    await reading.digestOthers(targets);
    return reading;
  } catch (thrown) {
    await reading.flush().catch((error: unknown) => options.log.warn({ err: error }, 'results of a check were lost'));
    throw thrown;
  }
}

const KEPT_FROM_RESULTS = 64;
const KEPT_FROM_BYTES = 16_777_216;

class Reading implements PointReading {
  readonly read: ReadTarget[] = [];
  readonly digests = new Map<string, string>();
  readonly findings: Finding[] = [];
  readonly #options: TargetReading;
  readonly #kept: ReadonlyMap<string, KeptResult>;
  readonly #files: ReadonlyMap<string, PlacedFile>;
  #unkept: KeptResult[] = [];
  #unkeptBytes = 0;

  constructor(options: TargetReading, kept: ReadonlyMap<string, KeptResult>) {
    this.#options = options;
    this.#kept = kept;
    this.#files = new Map(options.files.map((file) => [file.path, file]));
  }

  async take(target: VerifyTarget): Promise<void> {
    if (target.kind === 'judged') {
      this.read.push({ target, result: target.result });
      return;
    }
    const marks = this.#marksOf(target);
    const result = await this.#once(target.path, marks, () => readPatiently(target, this.#options));
    this.read.push({ target, result });
    if (target.kind === 'file' && result.sha256 !== undefined) this.digests.set(target.path, result.sha256);
    for (const [path, sha256] of Object.entries(result.fileDigests ?? {}))
      this.digests.set(`${target.path}/${path}`, sha256);
  }

  /** The check of a directory as a whole may tell no digests of its files, and the list of them is no target itself. */
  async digestOthers(targets: readonly VerifyTarget[]): Promise<void> {
    const read = new Set(targets.filter(({ kind }) => kind === 'file').map(({ path }) => path));
    for (const file of this.#options.files) {
      if (read.has(file.path) || this.digests.has(file.path)) continue;
      const { sha256, findings } = await this.#once(`${file.path}#sha256`, marksOf([file]), () => this.#digest(file));
      if (sha256 !== undefined) this.digests.set(file.path, sha256);
      this.findings.push(...findings);
    }
  }

  async flush(): Promise<void> {
    const results = this.#unkept;
    this.#unkept = [];
    this.#unkeptBytes = 0;
    const { db, run } = this.#options;
    if (results.length > 0 && run !== undefined) await keepResults(db, run, results);
  }

  /** Undefined for what is not there. */
  #marksOf(target: TargetToRead): Buffer | undefined {
    if (target.kind === 'directory') return marksOf(this.#options.files);
    const file = this.#files.get(target.path);
    return file && marksOf([file]);
  }

  async #once(path: string, marks: Buffer | undefined, read: () => Promise<PathResult>): Promise<PathResult> {
    const known = this.#kept.get(path);
    if (known !== undefined && marks !== undefined && known.marks.equals(marks)) return known.result;
    const result = await read();
    // With a single file there is nothing that another attempt could leave out.
    if (marks === undefined || this.#files.size < 2 || this.#options.run === undefined) return result;
    this.#unkept.push({ path, marks, result });
    this.#unkeptBytes += result.bytes;
    if (this.#unkept.length >= KEPT_FROM_RESULTS || this.#unkeptBytes >= KEPT_FROM_BYTES) await this.flush();
    return result;
  }

  async #digest({ path, location }: PlacedFile): Promise<PathResult> {
    const answer = await this.#options.reader.digest(location, path, this.#options);
    const nothing = {
      path,
      level: 'presence',
      format: 'file',
      bytes: 0,
      decodedBytes: 0,
      entries: 0,
      seconds: 0,
    } as const;
    if (isFinding(answer)) return { ...nothing, verdict: 'unverifiable', findings: [answer] };
    const findings = answer.warning === undefined ? [] : [answer.warning];
    const { sha256 = '' } = answer.digests;
    return { ...nothing, verdict: 'sound', bytes: answer.sizeBytes, sha256, findings };
  }
}

/** Reading again may show something else: a path comes back, a file stands still, a server of files answers. */
const PASSING: ReadonlySet<FindingKind> = new Set(['changed-while-read', 'unstable-read', 'unreadable', 'missing']);

async function readPatiently(target: TargetToRead, options: TargetReading): Promise<PathResult> {
  for (let tries = 1; ; tries += 1) {
    const result = await options.reader.verify(target, options);
    const passing = result.findings.find(({ kind }) => PASSING.has(kind));
    if (passing === undefined || tries >= READ_TRIES_MAX) return result;
    options.log.warn(
      { file: target.path, finding: passing.message, tries },
      'a file of a recovery point is read again',
    );
    await pause(options.retryPauseMs * tries, undefined, { signal: options.signal });
  }
}
