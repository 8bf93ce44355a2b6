import { Worker } from 'node:worker_threads';
import { AppError } from '../../kernel/errors.ts';
import { verdictOf } from '../../verification/finding.ts';
import { explainFullDisk } from '../disk.ts';
import { archiveDamaged, unpackErrorOf } from '../unpack-failure.ts';
import { endOfThread } from '../unpacking-thread.ts';
import type { UnpackedFile, UnpackFileMessage, UnpackFileTask } from './unpack-file.worker.ts';

/** What unpacking obeys and tells. */
export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Stored bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/**
 * Unpacks one stored file into a directory, whatever it is packed in (gzip, zstd, xz, bzip2, age) and whatever is inside: the
 * entries of a tar or a zip, safe by construction (`TreeWriter`), or one plain file. In a thread of its own, off the event loop.
 * When it fails, what there is of the target is the caller's to remove.
 *
 * @throws AppError `unprocessable`: `point-hostile` when it was made to harm, `point-damaged` when it is not as it should be or
 * differs from its manifest; `unavailable`: `point-locked` when nothing here opens what is encrypted, `disk-full`; the signal's
 * reason.
 */
export async function unpackFile(task: UnpackFileTask, options: UnpackOptions = {}): Promise<UnpackedFile> {
  const { signal, onRead } = options;
  signal?.throwIfAborted();
  const thread = new Worker(new URL('./unpack-file.worker.ts', import.meta.url), { workerData: task });
  const end = await endOfThread<UnpackFileMessage>(thread, signal, (bytes) => onRead?.(bytes));
  const { file, target } = task;
  if (end.kind === 'failed') throw await explainFullDisk(target, unpackErrorOf(file, end));
  const [first] = end.findings;
  if (first === undefined) return end;
  const why = `${first.message}${end.findings.length > 1 ? ` (and ${end.findings.length - 1} more)` : ''}`;
  if (first.kind === 'no-key') {
    const message = `${file} is encrypted, and no identity here opens it: name a file of identities in MUSTER_IDENTITY_FILE. ${why}`;
    throw new AppError('unavailable', 'point-locked', message);
  }
  if (verdictOf(end.findings, 1) !== 'hostile') throw archiveDamaged(file, why);
  throw new AppError('unprocessable', 'point-hostile', `${file} was made to harm: ${why}`);
}
