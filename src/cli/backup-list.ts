import { pointView } from '../backups/backup.views.ts';
import { backupSetView } from '../backups/backup-set.views.ts';
import { listPoints } from '../backups/catalogue.queries.ts';
import { statusOfSets } from '../backups/set-status.queries.ts';
import { moment } from '../drills/report-words.ts';
import { formatBytes } from '../kernel/units.ts';
import type { SetOption } from './backup-set.ts';
import { setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Retention keeps far fewer. */
const POINTS_MAX = 1000;

/** Lists the points of a set, youngest first. */
export async function listBackups(context: CommandContext, { set: name }: SetOption): Promise<number> {
  const answer = await withRuntime(context, { writes: false }, async ({ db }) => {
    const set = await setNamed(db, name);
    const statuses = await statusOfSets(db, [set]);
    const points = await listPoints(db, set.id, { limit: POINTS_MAX });
    return { set: backupSetView(set, statuses), items: points.map(pointView) };
  });
  context.output.answer(answer, ({ set, items }) => [
    ...table(
      ['name', 'data of', 'size', 'verdict', 'level', 'read in full'],
      items.map(({ name: point, takenAt, sizeBytes, verdict, verifiedLevel, readInFullAt }) => [
        point,
        moment(takenAt),
        formatBytes(sizeBytes),
        verdict ?? 'never checked',
        verifiedLevel ?? '',
        readInFullAt === null ? 'never' : moment(readInFullAt),
      ]),
      `${set.name} has no recovery point yet`,
    ),
    `${set.name} is ${set.freshness}: its youngest sound point ${set.newestSoundPoint ? `is of ${moment(set.newestSoundPoint.takenAt)}` : 'does not exist'}.`,
  ]);
  return answer.set.freshness === 'fresh' ? EXIT.ok : EXIT.failed;
}
