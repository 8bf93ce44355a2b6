import type { KeyObject } from 'node:crypto';
import type { Logger } from '../../kernel/log.ts';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { ManifestReading } from '../../verification/manifest-read.ts';
import { fetchFile } from '../remote/fetch-file.ts';
import { isMissing } from '../remote/remote-fault.ts';
import type { RemoteStore } from '../remote/remote-store.ts';
import { openSpool } from '../remote/spool.ts';
import { readPointManifest } from './discovery-place.ts';

/** What reading a manifest on another machine is given. */
interface RemoteManifestOptions {
  readonly log: Logger;
  readonly spoolRoot: string;
  readonly pauseMs: number | undefined;
  readonly publicKeys: readonly KeyObject[];
  readonly signal: AbortSignal;
}

/**
 * Reads the `manifest.json` of a point on another machine; of one that is too large to be one, or gone, it is said as of one
 * that is not there.
 * @throws AppError `unavailable` `repository-unavailable`.
 */
export async function readRemoteManifest(
  store: RemoteStore,
  pointName: string,
  { log, spoolRoot, pauseMs, publicKeys, signal }: RemoteManifestOptions,
): Promise<ManifestReading> {
  await using spool = await openSpool(spoolRoot, log);
  const entry = await store.look(`${pointName}/${MANIFEST_FILE}`, signal);
  if (entry !== undefined && entry.sizeBytes <= DEFAULT_LIMITS.documentBytesMax) {
    await fetchFile(store, entry, `${spool.path}/${MANIFEST_FILE}`, { signal, pauseMs }).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  }
  return readPointManifest(spool.path, publicKeys);
}
