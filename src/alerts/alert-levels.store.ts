import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { AlertLevels } from './alert-levels.ts';

/** The levels as they are configured now. */
export async function alertLevels(db: Queryable): Promise<AlertLevels> {
  const [row] = await db.rows<Omit<AlertLevels, 'updatedAt'> & { readonly updatedAt: Date }>(
    'SELECT names, version, updated_at AS "updatedAt" FROM alert_levels',
  );
  if (!row) throw new Error('alert_levels has no row');
  return { ...row, updatedAt: instantOf(row.updatedAt) };
}

/**
 * Renames the levels, adds some or takes the highest away.
 * @throws AppError `stale` `stale-alert-levels`; `conflict` `alert-level-in-use` when a rule or an open alert has a level that
 *   would go.
 */
export async function setAlertLevels(
  tx: Tx,
  caller: Caller,
  names: readonly string[],
  expectedVersion: number,
): Promise<AlertLevels> {
  const inUse = () => {
    const message = 'A rule or an open alert has a level that would go: change the rule first';
    return new AppError('conflict', 'alert-level-in-use', message, {
      fields: [{ field: '#/names', message: 'must go as far up as rules and open alerts do' }],
    });
  };
  const changed = await mapConstraints({ alert_levels_in_use: inUse }, () =>
    tx.execute('UPDATE alert_levels SET names = $1, version = version + 1, updated_at = now() WHERE version = $2', [
      names,
      expectedVersion,
    ]),
  );
  const levels = await alertLevels(tx);
  if (changed === 0) {
    const message = `The levels are at version ${levels.version}, not ${expectedVersion}: read them and decide again`;
    throw new AppError('stale', 'stale-alert-levels', message);
  }
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'alert-levels.update',
    subjectKind: 'alert-levels',
    subjectId: 'alert-levels',
    details: { names },
  });
  return levels;
}
