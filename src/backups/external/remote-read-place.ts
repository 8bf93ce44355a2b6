import { verdictOf } from '../../verification/finding.ts';
import { openStore, type RemoteRepository } from '../remote/open-store.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import { openCheckSpool } from './check-spool.ts';
import { fetchPoint } from './fetch-point.ts';
import { ListsBeside } from './listed-digest.ts';
import { RealDirectories } from './point-files.ts';
import { filesOfPoint } from './point-history.queries.ts';
import { unread } from './point-result.ts';
import type { PointSpot, ReadPlace, SpotSubject } from './point-spot.ts';
import type { ReadingJob, VerificationDeps } from './reading-job.ts';

/**
 * A repository on another machine, to be read: the files of one point at a time are fetched into a directory of this machine,
 * with the lists beside them, at the pace of the repository, and are read there as if it were the repository.
 * @throws AppError `unavailable` `repository-unavailable`.
 */
export async function openRemoteReadPlace(
  { db, log, remote }: VerificationDeps,
  repository: RemoteRepository,
  { reader, signal }: Pick<ReadingJob, 'reader' | 'signal'>,
): Promise<ReadPlace> {
  const store = await openStore(db, remote, repository);
  const requireThere = async () => void (await requireRemote(store, repository, signal));
  const at = async ({ set, point, run, retryPauseMs, onProgress }: SpotSubject): Promise<PointSpot> => {
    const spool = await openCheckSpool({ db, log, spoolRoot: remote.spoolRoot, signal }, run);
    const { root, journal } = spool;
    try {
      const known = set.external?.layout === 'files' ? [...(await filesOfPoint(db, point.id)).keys()] : [];
      const paths = known.length > 0 ? known : [point.name];
      const wanted = { set, paths, directory: root, limits: reader.limits, journal };
      const { pauseMs } = remote;
      const options = { signal, pauseMs, retryPauseMs, onProgress, onBytes: (bytes: number) => reader.take(bytes) };
      const { fetchedBytes, findings } = await fetchPoint(store, wanted, options);
      const check = findings.length === 0 ? undefined : unread(verdictOf(findings, 0), 'presence', findings);
      return {
        place: { root, directories: new RealDirectories() },
        lists: new ListsBeside(root, reader.limits),
        look: check && { isJudged: true, check },
        retryPauseMs: 0,
        fetchedBytes,
        [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose](),
      };
    } catch (thrown) {
      await spool[Symbol.asyncDispose]();
      throw thrown;
    }
  };
  try {
    await requireThere();
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
  const begin = async () => {
    await requireThere();
    return at;
  };
  return { looksAhead: false, requireThere, begin, close: () => store.close() };
}
