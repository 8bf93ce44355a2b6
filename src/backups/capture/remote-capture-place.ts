import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import type { BackupJobsDeps } from '../backup-deps.ts';
import { markedFile } from '../external/remote-listing.ts';
import { readRemoteManifest } from '../external/remote-manifest.ts';
import { openStore, type RemoteRepository } from '../remote/open-store.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import { type RemoteStore, UNFINISHED_MS } from '../remote/remote-store.ts';
import { openSpool } from '../remote/spool.ts';
import { uploadPace } from '../remote/upload-pace.ts';
import { initialiseRepository } from '../repository.identity.ts';
import type { CapturePlace, CapturePlaceOptions } from './capture-way.ts';
import { seenCaptured } from './enter-captured.ts';

/** How often, and after which pauses, what was stored is looked at until it is there as a point of ours. */
const LOOKS_MAX = 5;
const LOOK_AGAIN_MS = 1000;

/**
 * A repository on another machine, for captures: a point is made in a directory of this machine as anywhere, and put there when
 * it is whole, its manifest last. What is entered, and checked, is what lies on the other machine then.
 * @throws AppError `unavailable` `repository-unavailable`.
 */
export async function openRemoteCapturePlace(
  { db, log, remote, publicKeys }: BackupJobsDeps,
  repository: RemoteRepository,
  { set, signal, onSent }: CapturePlaceOptions,
): Promise<CapturePlace> {
  const store = await openStore(db, remote, repository);
  try {
    await requireRemote(store, repository, signal);
    await store.removeUnfinished(set.name, UNFINISHED_MS, signal);
    const spool = await openSpool(remote.spoolRoot, log);
    const identity = await initialiseRepository(spool.path).catch(async (thrown: unknown) => {
      await spool[Symbol.asyncDispose]();
      throw thrown;
    });
    return {
      root: spool.path,
      identity,
      async deliver({ pointDirectory, name, sizeBytes }) {
        let sent = 0;
        const pace = uploadPace(repository);
        const onBytes = async (bytes: number) => {
          sent += bytes;
          onSent(sent, sizeBytes);
          await pace?.take(bytes);
        };
        await requireRemote(store, repository, signal);
        await store.put(await uploadsOf(pointDirectory, `${set.name}/${name}`), { signal, onBytes });
      },
      look: (pointName) => lookPatiently(store, `${set.name}/${pointName}`),
      async close() {
        await spool[Symbol.asyncDispose]();
        await store.close();
      },
    };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }

  /** What was stored a moment ago may not be listed yet: an object store lists when it comes to it. */
  async function lookPatiently(from: RemoteStore, name: string) {
    for (let look = 1; ; look += 1) {
      const seen = await lookRemotely(from, name);
      if (seen.own || look === LOOKS_MAX) return seen;
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  async function lookRemotely(from: RemoteStore, name: string) {
    const files = [];
    for await (const page of from.list(name, () => true, signal)) {
      files.push(...page.filter(({ type }) => type === 'file').map(markedFile));
    }
    const options = { log, spoolRoot: remote.spoolRoot, pauseMs: remote.pauseMs, publicKeys, signal };
    return seenCaptured(set, { name, files }, () => readRemoteManifest(from, name, options));
  }
}

/** The files of a point, its manifest last. */
async function uploadsOf(directory: string, target: string) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
    .filter((path) => path !== MANIFEST_FILE);
  return [...paths, MANIFEST_FILE].map((path) => ({ location: join(directory, path), path: `${target}/${path}` }));
}
