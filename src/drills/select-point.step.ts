import { sharesDisk } from '../backups/disk.ts';
import { isRemote } from '../backups/remote/open-store.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { expectsDamage } from './definition-damage.ts';
import { recordPoint } from './drill-part.store.ts';
import { runById } from './drill-run.queries.ts';
import { choosePoint, type SelectedPoint } from './point-choice.ts';
import { orAbsent, type Recovery } from './recovery.ts';

/** Looks up the recovery point that a recovery would use, and what its last check said: nothing of it is read. */
export async function lookUpPoint(recovery: Recovery): Promise<string> {
  const { point } = await selectPoint(recovery);
  const name = `the recovery point ${point.name} of ${point.takenAt.toString()}`;
  const verdict = point.verdict ?? 'not checked yet';
  recovery.backup =
    verdict === 'sound'
      ? { state: 'on record', reason: `${name} was sound at its last check` }
      : expectsDamage(recovery.definition)
        ? { state: 'damaged as expected', reason: `${name} is on record as ${verdict}` }
        : { state: 'absent', reason: `${name} is on record as ${verdict}` };
  return `${name}: ${verdict} at its last check`;
}

/** Chooses the recovery point outside of what is lost, and keeps the choice. */
export async function selectPoint(recovery: Recovery): Promise<SelectedPoint> {
  const { deps, runId, recorder, definition } = recovery;
  const selected = await orAbsent(recovery, async () => {
    const { triggeredAt } = await runById(deps.db, runId);
    const of = { triggeredAt, say: (line: string) => recorder.say(line) };
    const found = await choosePoint(deps.db, definition.recoveryPoint, of);
    requireNotLost(recovery, found);
    return found;
  });
  recovery.selected = selected;
  const { point, repository } = selected;
  const chosen = {
    id: point.id,
    sha256: point.digest ?? null,
    takenAt: dateOf(point.takenAt),
    sizeBytes: point.sizeBytes,
    repository: repository.name,
  };
  const warnings = await warningsAbout(recovery, selected);
  await recorder.write((tx) => recordPoint(tx, runId, chosen, warnings));
  for (const warning of warnings) recorder.say(warning, 'warn');
  return selected;
}

function requireNotLost({ lost }: Recovery, { point, repository }: SelectedPoint): void {
  if (!lost.repositoryIds.includes(repository.id)) return;
  const message = `the recovery point ${point.name} lies in ${repository.name}, which the scenario takes away, and no copy of it elsewhere is known`;
  throw new AppError('unavailable', 'point-lost', message);
}

async function warningsAbout({ deps }: Recovery, { repository }: SelectedPoint): Promise<string[]> {
  if (deps.dataDirectory === undefined || isRemote(repository)) return [];
  const shared = await sharesDisk(repository.root, deps.dataDirectory);
  return shared ? ['The backup lies on the same disk as the data: what kills the disk takes both.'] : [];
}
