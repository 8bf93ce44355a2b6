import type { KeyObject } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../kernel/errors.ts';
import { type CheckOptions, type CheckResult, verifyRecoveryPoint } from '../verification/recovery-point.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { POINT_FILES } from './point-record.ts';
import { type UnpackFailure, unpackFailureOf } from './unpack-failure.ts';

/** What the thread is given. */
export interface VerifyTask {
  readonly pointDirectory: string;
  readonly publicKeys: readonly KeyObject[];
  readonly level: NonNullable<CheckOptions['level']>;
  /** An existing empty directory into which a base backup is unpacked on the way; left out, nothing is unpacked. */
  readonly unpackInto?: string | undefined;
}

/** What became of one archive that was unpacked on the way. */
export interface UnpackedArchive {
  readonly path: string;
  readonly files: number;
  readonly failure?: UnpackFailure;
}

/** What the thread says for each task: progress as often as it reads, and one end. */
export type VerifyMessage =
  | { readonly kind: 'progress'; readonly bytesRead: number; readonly totalBytes: number }
  | { readonly kind: 'done'; readonly check: CheckResult; readonly unpacked: readonly UnpackedArchive[] }
  | { readonly kind: 'failed'; readonly message: string };

function say(message: VerifyMessage): void {
  parentPort?.postMessage(message);
}

async function verify({ pointDirectory, unpackInto, publicKeys, level }: VerifyTask): Promise<VerifyMessage> {
  const unpacking = unpackInto === undefined ? undefined : new Unpacking(unpackInto);
  try {
    const check = await verifyRecoveryPoint(pointDirectory, {
      ...{ publicKeys, level },
      onProgress: ({ bytesRead, totalBytes }) => say({ kind: 'progress', bytesRead, totalBytes }),
      ...(unpacking === undefined ? {} : { onWalked: (file, decoded) => unpacking.take(file, decoded) }),
    });
    return { kind: 'done', check, unpacked: check.verdict === 'sound' ? (unpacking?.finish() ?? []) : [] };
  } finally {
    unpacking?.close();
  }
}

/** Unpacks the archives of a base backup from the very bytes that are being checked. What goes wrong is no matter of the check. */
class Unpacking {
  readonly #into: Readonly<Record<string, string>>;
  readonly #writers = new Map<string, ArchiveWriter>();
  readonly #failures = new Map<string, UnpackFailure>();

  constructor(directory: string) {
    this.#into = { [POINT_FILES.archive]: directory, [POINT_FILES.wal]: join(directory, 'pg_wal') };
  }

  take(file: string, decoded: Buffer): void {
    this.#attempt(file, () => this.#writer(file)?.write(decoded));
  }

  finish(): UnpackedArchive[] {
    return [...this.#writers].map(([path, writer]) => {
      this.#attempt(path, () => writer.end());
      const failure = this.#failures.get(path);
      return { path, files: writer.files, ...(failure === undefined ? {} : { failure }) };
    });
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close();
  }

  #writer(file: string): ArchiveWriter | undefined {
    const directory = this.#into[file];
    const known = this.#writers.get(file);
    if (known !== undefined || directory === undefined) return known;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const writer = new ArchiveWriter(directory);
    this.#writers.set(file, writer);
    return writer;
  }

  #attempt(file: string, step: () => void): void {
    if (this.#failures.has(file)) return;
    try {
      step();
    } catch (thrown) {
      this.#failures.set(file, unpackFailureOf(thrown));
    }
  }
}

parentPort?.on('message', (task: VerifyTask) => {
  verify(task).then(say, (thrown: unknown) => say({ kind: 'failed', message: messageOf(thrown) }));
});
