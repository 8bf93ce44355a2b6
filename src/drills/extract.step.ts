import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { adoptUnpacked, extractPoint } from '../backups/extract.ts';
import { AppError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';
import type { StepOf } from './definition-steps.ts';
import { isWatched, type WatchedPoint } from './point-choice.ts';
import { provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { pathInside } from './sandbox.ts';
import { storedFilesOf, unpackStored } from './stored-files.ts';

/**
 * Unpacks the verified copy into the sandbox: a base backup or dump of Muster's own kind for the server that is started on it,
 * anything else as files. What was unpacked during the verification is taken as it is.
 *
 * @throws AppError as `extractPoint` and `unpackFile`.
 */
export async function extract(recovery: Recovery, signal: AbortSignal, step: StepOf<'extract'>): Promise<string> {
  const { selected, sandbox } = provisioned(recovery);
  const copy = await pathInside(sandbox, SANDBOX_PARTS.copy);
  if (!isWatched(selected)) return extractServer(recovery, copy, signal, step);
  if (selected.set.capture?.source.type === 'postgresql') {
    return extractServer(recovery, join(copy, selected.point.name), signal, step);
  }
  return extractFiles(recovery, selected, signal, step);
}

async function extractServer(
  recovery: Recovery,
  pointDirectory: string,
  signal: AbortSignal,
  { into, only }: StepOf<'extract'>,
): Promise<string> {
  if (into !== undefined || only !== undefined) {
    const message =
      'This recovery point is a PostgreSQL server, not files: the extract step takes neither into nor only';
    throw new AppError('unprocessable', 'no-files-to-extract', message);
  }
  const { recorder, deps, unpacked } = recovery;
  const { sandbox } = provisioned(recovery);
  const target = await pathInside(sandbox, SANDBOX_PARTS.data);
  const point = { pointDirectory, target, publicKeys: [deps.keyring.publicKey] };
  if (unpacked) {
    const unpackedInto = await pathInside(sandbox, SANDBOX_PARTS.unpacked);
    const adopted = await adoptUnpacked({ ...point, unpackedInto, unpacked });
    recovery.record = adopted.record;
    return `${adopted.files} files unpacked during the verification`;
  }
  const onProgress = (done: number, total: number) => recorder.reportProgress(done, total);
  const extracted = await extractPoint({ ...point, onProgress, signal });
  recovery.record = extracted.record;
  return `${extracted.files} files unpacked`;
}

async function extractFiles(
  recovery: Recovery,
  watched: WatchedPoint,
  signal: AbortSignal,
  { into = '.', only }: StepOf<'extract'>,
): Promise<string> {
  const { recorder, deps } = recovery;
  const { sandbox } = provisioned(recovery);
  const copy = await pathInside(sandbox, SANDBOX_PARTS.copy);
  const root = await pathInside(sandbox, join(SANDBOX_PARTS.data, into));
  const stored = await storedFilesOf(deps, watched, copy, only);
  if (stored === 'as it is') {
    await mkdir(dirname(root), { recursive: true, mode: 0o700 });
    await rename(join(copy, watched.point.name), root);
    const { files = 0, sizeBytes = 0 } = recovery.copied ?? {};
    recovery.files = { root, files, bytes: sizeBytes, comparedFiles: 0, single: [], entries: undefined };
    return `${files} files taken as they are`;
  }
  await mkdir(root, { recursive: true, mode: 0o700 });
  let done = 0;
  const onRead = (bytes: number) => {
    done += bytes;
    recorder.reportProgress(done, watched.point.sizeBytes);
  };
  const identityText = await deps.identityText();
  const restored = await unpackStored(stored, { root, identityText, signal, onRead });
  recovery.files = restored;
  const compared = restored.comparedFiles > 0 ? `, ${restored.comparedFiles} digests compared on the way` : '';
  return `${restored.files} files, ${formatBytes(restored.bytes)}${compared}`;
}
