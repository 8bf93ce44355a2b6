import { Worker } from 'node:worker_threads';
import { AppError } from '../../kernel/errors.ts';
import { verdictOf } from '../../verification/finding.ts';
import { explainFullDisk } from '../disk.ts';
import { archiveDamaged, unpackErrorOf } from '../unpack-failure.ts';
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
  const end = await inThread(task, options);
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

type UnpackEnd = Exclude<UnpackFileMessage, { kind: 'progress' }>;

/** Runs the thread to its end; an abort stops it, which leaves nothing in flight. */
async function inThread(task: UnpackFileTask, { signal, onRead }: UnpackOptions): Promise<UnpackEnd> {
  signal?.throwIfAborted();
  const thread = new Worker(new URL('./unpack-file.worker.ts', import.meta.url), { workerData: task });
  const { promise, resolve, reject } = Promise.withResolvers<UnpackEnd>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  thread.on('message', (message: UnpackFileMessage) => {
    if (message.kind !== 'progress') resolve(message);
    else if (!signal?.aborted) onRead?.(message.bytes);
  });
  thread.on('error', reject);
  thread.on('exit', (code) => reject(new Error(`the unpacking thread ended with status ${code}`)));
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    await thread.terminate();
  }
}
