import { backupSetByName } from '../backups/backup-set.queries.ts';
import { sharesDisk } from '../backups/disk.ts';
import { MUSTER_SET } from '../backups/muster-set.ts';
import type { Queryable } from '../database/database.ts';
import { nextDueOf, nextSlotOf } from '../drills/drill-schedule.ts';
import { AppError } from '../kernel/errors.ts';
import { nextThings } from '../readiness/next-things.ts';
import { type OverviewFacts, overviewOf } from '../readiness/overview.queries.ts';
import type { Dependencies } from './dependencies.ts';
import { OWN_DRILL } from './first-proof.ts';

/** What the start page and the card after the start show. */
export async function homeFacts(db: Queryable, { runtime }: Pick<Dependencies, 'runtime'>): Promise<OverviewFacts> {
  const { config, directories } = runtime;
  const set = await backupSetByName(db, MUSTER_SET);
  if (!set)
    throw new AppError('unavailable', 'not-set-up', "Muster's own backup set is not there yet: try again shortly");
  const overview = await overviewOf(db, set, OWN_DRILL);
  return {
    overview,
    nextBackupAt: await nextSlotOf(db, `${set.name}.backup`),
    nextDrillAt: await nextDueOf(db, OWN_DRILL),
    nextThings: nextThings({
      examplePolicy: overview.examplePolicy,
      // With DATABASE_URL the data lies elsewhere.
      sharesDisk: config.database === undefined && (await sharesDisk(directories.data, directories.backups)),
    }),
  };
}
