import { openDrills } from '../composition/drill-definitions.ts';
import type { Queryable } from '../database/database.ts';
import type { DefinitionFile } from '../drills/definition-file.ts';
import { drillView, runView } from '../drills/drill.views.ts';
import { listRuns } from '../drills/drill-run.queries.ts';
import { nextDueOf } from '../drills/drill-schedule.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Lists every file of the drills' directory: a broken one is shown with its problems, not left out. */
export async function listDrills(context: CommandContext): Promise<number> {
  const files = (await openDrills()).current();
  const items = await withRuntime(context, { writes: false }, async ({ db }) => {
    const listed = [];
    for (const file of files) listed.push(await itemOf(db, file));
    return listed;
  });
  context.output.answer({ items }, (answer) => [
    ...table(
      ['name', 'service', 'next', 'last run', 'came out', 'run'],
      answer.items.map(({ name, service, runnable, schedule, nextDueAt, lastRun }) => [
        name,
        service ?? '',
        runnable ? (nextDueAt === null && schedule?.surprise ? 'by surprise' : minuteOf(nextDueAt)) : 'cannot run',
        minuteOf(lastRun?.triggeredAt ?? null),
        lastRun ? outcomeOf(lastRun) : '',
        lastRun?.id ?? '',
      ]),
      'no drills: drills/ holds no definition',
    ),
    ...answer.items.flatMap(({ name, problems }) =>
      problems.map(({ line, column, message }) => `drills/${name}.yaml:${line}:${column}: ${message}`),
    ),
  ]);
  return items.every(({ runnable }) => runnable) ? EXIT.ok : EXIT.failed;
}

async function itemOf(db: Queryable, file: DefinitionFile) {
  const [last] = await listRuns(db, { drill: file.name }, { limit: 1 });
  const nextDueAt = (await nextDueOf(db, file.name))?.toISOString() ?? null;
  return { ...drillView(file), nextDueAt, lastRun: last ? runView(last) : null };
}

function outcomeOf({ status, procedure }: ReturnType<typeof runView>): string {
  return status === 'completed' ? procedure.outcome : status;
}

function minuteOf(at: string | null): string {
  return at === null ? 'never' : `${at.slice(0, 16).replace('T', ' ')} UTC`;
}
