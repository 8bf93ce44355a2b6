import { realpath } from 'node:fs/promises';
import type { Repository } from '../backup-catalogue.ts';
import { isRemote } from '../remote/open-store.ts';
import { requireAvailable } from '../repository.identity.ts';
import { type Examination, lookAtPoint, type PointLook } from './examination.ts';
import { ListsBeside } from './listed-digest.ts';
import { RealDirectories } from './point-files.ts';
import type { PointSpot, ReadPlace, SpotSubject } from './point-spot.ts';
import type { ReadingJob, VerificationDeps } from './reading-job.ts';
import { openRemoteReadPlace } from './remote-read-place.ts';

/** @throws AppError `unavailable` `repository-unavailable`. */
export async function openReadPlace(
  deps: VerificationDeps,
  repository: Repository,
  job: Pick<ReadingJob, 'reader' | 'signal'>,
): Promise<ReadPlace> {
  if (isRemote(repository)) return openRemoteReadPlace(deps, repository, job);
  const requireThere = async () => void (await requireAvailable(repository));
  return {
    looksAhead: true,
    requireThere,
    async begin() {
      await requireThere();
      const root = await realpath(repository.root);
      const where = {
        place: { root, directories: new RealDirectories() },
        lists: new ListsBeside(root, job.reader.limits),
      };
      return async ({ retryPauseMs }) => ({
        ...{ ...where, retryPauseMs, look: undefined, fetchedBytes: 0 },
        [Symbol.asyncDispose]: async () => undefined,
      });
    },
    close: async () => undefined,
  };
}

/** A point that was looked at where it can be read. */
export interface LookedAt extends AsyncDisposable {
  readonly examination: Examination;
  readonly look: PointLook;
}

/** Gets at a point and looks at it. */
export async function lookAtSpot(
  at: (subject: SpotSubject) => Promise<PointSpot>,
  subject: Omit<Examination, 'place' | 'lists'>,
): Promise<LookedAt> {
  const spot = await at(subject);
  const { place, lists, retryPauseMs, fetchedBytes } = spot;
  const onProgress = (done: number, total: number) => subject.onProgress(fetchedBytes + done, fetchedBytes + total);
  const examination = { ...subject, place, lists, retryPauseMs, onProgress };
  try {
    const look = spot.look ?? (await lookAtPoint(examination));
    return { examination, look, [Symbol.asyncDispose]: () => spot[Symbol.asyncDispose]() };
  } catch (thrown) {
    await spot[Symbol.asyncDispose]();
    throw thrown;
  }
}
