import type { Tx } from '../database/database.ts';
import type { Alert } from './alert.ts';
import { isCalm, type KeyState } from './alert-machine.ts';

/**
 * Takes a rule for a pass over readings of one instant, until the transaction ends.
 * @returns false when readings of that instant or a later one have been judged: nobody judges by older ones any more.
 */
export async function beginPass(tx: Tx, ruleId: string, readAtMs: number): Promise<boolean> {
  const begun = await tx.execute(
    `INSERT INTO alert_pass AS p (rule_id, read_at) VALUES ($1, $2)
     ON CONFLICT (rule_id) DO UPDATE SET read_at = excluded.read_at WHERE p.read_at < excluded.read_at`,
    [ruleId, new Date(readAtMs)],
  );
  return begun > 0;
}

/** Where the subjects of a rule stand that are not calm, by key. The caller has begun the pass. */
export async function statesOf(tx: Tx, ruleId: string): Promise<Map<string, KeyState>> {
  const rows = await tx.rows<StateRow>(
    `SELECT key, level, ${SINCE_COLUMNS}, ${millisecondsOf('missing_since')} AS "missingSinceMs", no_data AS "noData"
     FROM alert_key_state WHERE rule_id = $1`,
    [ruleId],
  );
  return new Map(
    rows.map(({ key, level, since_1, since_2, since_3, since_4, missingSinceMs, noData }) => [
      key,
      { level, since: [since_1, since_2, since_3, since_4], missingSinceMs, noData },
    ]),
  );
}

/** Writes where subjects of a rule stand: what is calm is forgotten. The caller has begun the pass. */
export async function writeStates(tx: Tx, ruleId: string, states: ReadonlyMap<string, KeyState>): Promise<void> {
  const calm = [...states].filter(([, state]) => isCalm(state)).map(([key]) => key);
  const kept = [...states].filter(([, state]) => !isCalm(state));
  if (calm.length > 0) {
    await tx.execute('DELETE FROM alert_key_state WHERE rule_id = $1 AND key = ANY ($2::text[])', [ruleId, calm]);
  }
  if (kept.length === 0) return;
  const datesOf = (read: (state: KeyState) => number | null | undefined) =>
    kept.map(([, state]) => {
      const ms = read(state) ?? null;
      return ms === null ? null : new Date(ms);
    });
  await tx.execute(
    `INSERT INTO alert_key_state (rule_id, key, level, since_1, since_2, since_3, since_4, missing_since, no_data)
     SELECT $1, * FROM unnest($2::text[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
       $7::timestamptz[], $8::timestamptz[], $9::boolean[])
     ON CONFLICT (rule_id, key) DO UPDATE SET level = excluded.level, since_1 = excluded.since_1, since_2 = excluded.since_2,
       since_3 = excluded.since_3, since_4 = excluded.since_4, missing_since = excluded.missing_since,
       no_data = excluded.no_data`,
    [
      ruleId,
      kept.map(([key]) => key),
      kept.map(([, { level }]) => level),
      ...[0, 1, 2, 3].map((index) => datesOf(({ since }) => since[index])),
      datesOf(({ missingSinceMs }) => missingSinceMs),
      kept.map(([, { noData }]) => noData),
    ],
  );
}

/** Forgets where a subject stands, as after a reading of which nothing is left: a level that still holds raises again. */
export async function forgetState(tx: Tx, ruleId: string, key: string): Promise<void> {
  await tx.execute('DELETE FROM alert_key_state WHERE rule_id = $1 AND key = $2', [ruleId, key]);
}

/** Notes the values that open alerts have now. A value that moves is no change of an alert. */
export async function noteValues(tx: Tx, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0) return;
  await tx.execute(
    `UPDATE alert a SET value = n.value, reason = n.reason
     FROM unnest($1::uuid[], $2::float8[], $3::text[]) AS n (id, value, reason)
     WHERE a.id = n.id AND a.closed_at IS NULL AND (a.value, a.reason) IS DISTINCT FROM (n.value, n.reason)`,
    [alerts.map(({ id }) => id), alerts.map(({ value }) => value), alerts.map(({ reason }) => reason)],
  );
}

const millisecondsOf = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

const SINCE_COLUMNS = [1, 2, 3, 4].map((level) => `${millisecondsOf(`since_${level}`)} AS since_${level}`).join(', ');

interface StateRow extends Pick<KeyState, 'level' | 'missingSinceMs' | 'noData'> {
  readonly key: string;
  readonly since_1: number | null;
  readonly since_2: number | null;
  readonly since_3: number | null;
  readonly since_4: number | null;
}
