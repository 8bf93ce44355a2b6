import { listBackupSets } from '../backups/backup-set.queries.ts';
import { backupSetView } from '../backups/backup-set.views.ts';
import { statusOfSets } from '../backups/set-status.queries.ts';
import type { Queryable } from '../database/database.ts';
import { moment } from '../drills/report-words.ts';
import { formatBytes } from '../kernel/units.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Sets that are asked about in one statement. */
const BATCH_SETS = 200;

/** Lists the backup sets in use, and answers whether all is well with them: fresh, and no point found wanting. */
export async function listSets(context: CommandContext): Promise<number> {
  const items = await withRuntime(context, { writes: false }, ({ db }) => setsInUse(db));
  context.output.answer({ items }, () => [
    ...table(
      ['name', 'made by', 'freshness', 'newest sound data', 'points', 'not sound', 'all read since'],
      items.map((set) => [
        set.name,
        set.kind === 'external' ? 'another tool' : 'Muster',
        set.freshness,
        set.newestSoundPoint === null ? 'none' : moment(set.newestSoundPoint.takenAt),
        String(set.presentCount),
        String(set.unsoundCount),
        set.allReadSince === null ? 'never' : moment(set.allReadSince),
      ]),
      'There is no backup set',
    ),
    ...items.flatMap((set) => set.staleReasons.map(({ message }) => `${set.name} is stale: ${message}`)),
    ...items.flatMap(({ name, logArchive }) => (logArchive === null ? [] : archiveLines(name, logArchive))),
  ]);
  const isWell = items.every(
    ({ freshness, unsoundCount, logArchive }) =>
      freshness === 'fresh' && unsoundCount === 0 && (logArchive === null || isArchiveWell(logArchive)),
  );
  return items.length > 0 && isWell ? EXIT.ok : EXIT.failed;
}

type Archive = NonNullable<ReturnType<typeof backupSetView>['logArchive']>;

function archiveLines(name: string, { state, behindBytes, failure, gap, check }: Archive): string[] {
  const how =
    failure === null ? `${state}, ${formatBytes(behindBytes ?? 0)} behind` : `stands still: ${failure.message}`;
  return [
    `${name}, log archive: ${how}${check === null ? '' : `; ${check.verdict} on ${moment(check.at)}`}`,
    ...(gap === null ? [] : [`${name}, log archive: a gap from ${gap.fromLsn} to ${gap.untilLsn}, ${moment(gap.at)}`]),
    ...(check?.findings ?? []).map(({ message }) => `${name}, log archive: ${message}`),
  ];
}

function isArchiveWell({ failure, check }: Archive): boolean {
  return failure === null && (check === null || check.verdict === 'sound');
}

async function setsInUse(db: Queryable): Promise<ReturnType<typeof backupSetView>[]> {
  const views: ReturnType<typeof backupSetView>[] = [];
  for (let after: string | undefined; ; ) {
    const sets = await listBackupSets(db, { limit: BATCH_SETS, after });
    const statuses = await statusOfSets(db, sets);
    views.push(...sets.filter(({ retired }) => retired === undefined).map((set) => backupSetView(set, statuses)));
    after = sets.at(-1)?.id;
    if (sets.length < BATCH_SETS) return views;
  }
}
