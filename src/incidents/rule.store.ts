import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { NewRules } from './rule.ts';

/** Appends a version of the rules. @throws AppError `stale` when somebody else has made it meanwhile. */
export async function insertRules(
  tx: Tx,
  version: number,
  { rules, note }: NewRules,
  createdBy: string,
): Promise<void> {
  const taken = () => staleRules(version - 1, 'another one');
  await mapConstraints({ incident_rule_version_pkey: taken, incident_rule_version_follows: taken }, () =>
    tx.execute('INSERT INTO incident_rule_version (version, rules, note, created_by) VALUES ($1, $2::jsonb, $3, $4)', [
      ...[version, JSON.stringify(rules), note, createdBy],
    ]),
  );
}

export function staleRules(expected: number, current: number | string): AppError {
  const message = `The rules are at version ${current}, not ${expected}: read them and decide again`;
  return new AppError('stale', 'stale-incident-rules', message);
}
