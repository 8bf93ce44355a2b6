import { openSession } from '../../backups/database-session.ts';
import {
  displayNameOf,
  fingerprintTable,
  pinTextForms,
  type TableFingerprint,
} from '../../backups/table-fingerprint.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';
import { rowsIn } from '../withhold-tables.ts';

/** Whether the rows that the scenario took away are back, every one of them as it was; nothing where it took none. */
export async function checkLostTables(recovery: Recovery): Promise<DrillCheck[]> {
  const { definition, mode, lostTables = [] } = recovery;
  const named = mode === 'recovery' ? 0 : (definition.scenario.lost?.tables.length ?? 0);
  if (named === 0) return [];
  const checks = lostTables.length === 0 ? [] : await compared(recovery, lostTables);
  const back = checks.filter(({ result }) => result === 'passed').length;
  return [
    {
      ...{ kind: 'coverage', subject: 'lost tables', expected: 'every lost table back' },
      actual: `${back} of ${Math.max(named, lostTables.length)} lost tables back`,
      result: back > 0 && back === checks.length ? 'passed' : 'failed',
    },
    ...checks,
  ];
}

async function compared({ database, signal }: Recovery, lost: readonly TableFingerprint[]): Promise<DrillCheck[]> {
  if (database === undefined) return [];
  const client = await openSession(database, 'muster drill', signal);
  try {
    await pinTextForms(client);
    const checks: DrillCheck[] = [];
    for (const table of lost) {
      // Whoever brings a table back may make it anew, or not at all.
      const { rows } = await client.query(
        'SELECT to_regclass(format($$%I.%I$$, $1::text, $2::text)) IS NOT NULL AS there',
        [table.schema, table.name],
      );
      const now = rows[0]?.there === true ? await fingerprintTable(client, table) : undefined;
      checks.push({
        ...{ kind: 'rowCount', subject: `lost table ${displayNameOf(table)}`, expected: contentOf(table) },
        actual: now === undefined ? 'no such table' : contentOf(now),
        result: now?.fingerprint === table.fingerprint && now.rowCount === table.rowCount ? 'passed' : 'failed',
      });
    }
    return checks;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function contentOf(table: TableFingerprint): string {
  return `${rowsIn(table)}, fingerprint ${table.fingerprint}`;
}
