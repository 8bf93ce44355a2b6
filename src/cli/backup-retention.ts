import type { BackupSet } from '../backups/backup-catalogue.ts';
import { type PlanLine, retentionPlan } from '../backups/retention/retention-plan.ts';
import { planLineView } from '../backups/retention/retention-plan.views.ts';
import { policyText } from '../backups/retention/retention-policy.ts';
import type { Queryable } from '../database/database.ts';
import { moment } from '../drills/report-words.ts';
import { setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Shows what retention would do with every point of a set now, and why. Nothing is changed. */
export async function showRetention(context: CommandContext, name: string): Promise<number> {
  const { set, lines } = await withRuntime(context, { writes: false }, async ({ db }) => {
    const found = await setNamed(db, name);
    return { set: found, lines: await planOf(db, found) };
  });
  const answer = { set: set.name, policy: set.retention, items: lines.map(planLineView) };
  context.output.answer(answer, ({ items }) => [
    ...table(
      ['', 'name', 'data of', 'verdict', 'why'],
      items.map(({ action, name: point, takenAt, verdict, state, reason }) => [
        WORDS[action],
        point,
        moment(takenAt),
        state === 'present' ? (verdict ?? 'never checked') : state,
        reason,
      ]),
      `${set.name} has no recovery point yet`,
    ),
    summary(set, lines),
  ]);
  return EXIT.ok;
}

const WORDS: Readonly<Record<PlanLine['action'], string>> = {
  keep: 'keep',
  drop: 'drop',
  'advise-drop': 'may go',
  deleting: 'is going',
};

/** The whole plan of a set as it is now. */
export async function planOf(db: Queryable, set: BackupSet): Promise<PlanLine[]> {
  const lines: PlanLine[] = [];
  for await (const line of retentionPlan(db, set)) lines.push(line);
  return lines;
}

function summary(set: BackupSet, lines: readonly PlanLine[]): string {
  const count = (action: PlanLine['action']) => lines.filter((line) => line.action === action).length;
  const parts = [
    `${count('keep')} stay`,
    `${count('drop')} go after the next verified backup`,
    ...(count('advise-drop') > 0
      ? [`${count('advise-drop')} of another tool may go, and Muster removes none of them`]
      : []),
    ...(count('deleting') > 0 ? [`${count('deleting')} are going`] : []),
  ];
  return `${set.name} keeps ${policyText(set.retention)}: ${parts.join(', ')}.`;
}
