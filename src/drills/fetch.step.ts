import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPoint, leftOutMessage } from '../backups/external/copy-point.ts';
import { fetchPoint } from '../backups/fetch.ts';
import { AppError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import { isWatched, type WatchedPoint } from './point-choice.ts';
import { orAbsent, provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { pathInside } from './sandbox.ts';

/** Copies the recovery point as it lies there, damage included: judging it is for the verification. */
export async function fetch(recovery: Recovery, signal: AbortSignal): Promise<string> {
  const { recorder } = recovery;
  const { selected, sandbox } = provisioned(recovery);
  const target = await pathInside(sandbox, SANDBOX_PARTS.copy);
  const { files, sizeBytes } = await orAbsent(recovery, () =>
    isWatched(selected)
      ? copyWatched(recovery, selected, target, signal)
      : copyOwn(recovery, selected.directory, target, signal),
  );
  recorder.reportProgress(sizeBytes, sizeBytes);
  return `${files} files, ${formatBytes(sizeBytes)}`;
}

/** A point of Muster's own database is one directory, and its manifest tells it from others. */
async function copyOwn(recovery: Recovery, pointDirectory: string, target: string, signal: AbortSignal) {
  const { recorder } = recovery;
  const onProgress = (done: number, total: number) => recorder.reportProgress(done, total);
  try {
    const files = await fetchPoint({ pointDirectory, target, onProgress, signal });
    if (files.some(({ path }) => path === MANIFEST_FILE))
      recovery.manifestSha256 = await digestOf(join(target, MANIFEST_FILE));
    return { files: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'point-missing')) throw thrown;
    recorder.say(thrown.message, 'error');
    await mkdir(target, { recursive: true, mode: 0o700 });
    return { files: 0, sizeBytes: 0 };
  }
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function copyWatched(recovery: Recovery, watched: WatchedPoint, directory: string, signal: AbortSignal) {
  const { recorder, deps } = recovery;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    recorder.reportProgress(done, watched.point.sizeBytes);
  };
  const copied = await copyPoint(deps, { ...watched, directory }, { signal, onBytes });
  for (const finding of copied.findings) recorder.say(leftOutMessage(finding), 'error');
  recovery.copied = copied;
  return copied;
}
