import { AppError } from '../../kernel/errors.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import type { RunningJob } from '../backup-deps.ts';
import { pointById } from '../catalogue.queries.ts';
import { repositoryById } from '../repository.queries.ts';
import { checkExternalPoint } from './check-external.ts';
import type { ExternalCheck } from './point-result.ts';
import type { VerificationDeps } from './reading-job.ts';
import { RepositoryReader } from './repository-reader.ts';

/**
 * Reads one external point because somebody ordered it: at once, also while others read the repository, at the pace of one
 * reader.
 * @throws AppError `unprocessable` `no-point-named`; `not-found` `no-such-recovery-point`; else see `checkExternalPoint`.
 */
export async function checkOrderedPoint(
  deps: VerificationDeps,
  set: BackupSet,
  pointId: string | undefined,
  job: RunningJob,
): Promise<ExternalCheck> {
  if (pointId === undefined) {
    const message = `The points of ${set.name} are read by the policy of the set; name the one that is to be read now`;
    throw new AppError('unprocessable', 'no-point-named', message);
  }
  const point = await pointById(deps.db, pointId);
  const repository = await repositoryById(deps.db, point.repositoryId);
  const reader = new RepositoryReader(repository, deps.publicKeys);
  try {
    return await checkExternalPoint(deps, { set, repository, point }, { ...job, reader }, { reason: 'order' });
  } finally {
    await reader.close();
  }
}
