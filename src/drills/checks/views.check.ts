import { readDatabaseContent } from '../../backups/database-catalogue.ts';
import { openSession } from '../../backups/database-session.ts';
import { displayNameOf } from '../../backups/table-fingerprint.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';

/**
 * A materialised view that comes back without data fails every query on it, and no count of rows shows it. One fails unless it
 * was meant to be so: by the record of the recovery point, or by the definition.
 */
export async function checkViews({ database, record, definition, signal }: Recovery): Promise<DrillCheck[]> {
  if (database === undefined) return [];
  const client = await openSession(database, 'muster drill', signal);
  const { materialisedViews } = await readDatabaseContent(client).finally(() => client.end());
  const step = definition.steps.find((one) => one.step === 'postgres');
  const meant = new Set(step?.step === 'postgres' ? step.unpopulated : []);
  for (const view of record?.materialisedViews ?? []) if (!view.populated) meant.add(displayNameOf(view));
  return materialisedViews.map((view): DrillCheck => {
    const subject = displayNameOf(view);
    const isMeant = meant.has(subject);
    return {
      ...{ kind: 'view', subject: `materialised view ${subject}` },
      expected: isMeant ? 'meant to be without data' : 'populated',
      actual: view.populated ? 'populated' : 'without data: queries on it fail',
      result: view.populated || isMeant ? 'passed' : 'failed',
    };
  });
}
