import type { Tx } from '../../database/database.ts';
import type { DutyHolder } from './duty-role.ts';
import type { PendingFiring } from './ladder.store.ts';

/** Of a reason why somebody is told: a person of many skills is told like any other. */
const BECAUSE_CHARACTERS_MAX = 500;

/** Sets when pending firings are due. */
export async function moveFirings(tx: Tx, firings: readonly PendingFiring[]): Promise<void> {
  if (firings.length === 0) return;
  await tx.execute(
    `UPDATE alert_firing f SET due_at = n.due_at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, due_at)
     WHERE f.id = n.id AND f.state = 'pending'`,
    [firings.map(({ id }) => id), firings.map(({ dueMs }) => new Date(dueMs))],
  );
}

/** Notes that firings are not told, because another one stands for them. */
export async function skipFirings(
  tx: Tx,
  firings: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  if (firings.length === 0) return;
  await tx.execute(
    `UPDATE alert_firing f SET state = 'skipped', done_at = n.at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
     WHERE f.id = n.id AND f.state = 'pending'`,
    [firings.map(({ id }) => id), firings.map(({ atMs }) => new Date(atMs))],
  );
}

/** What is noted of a firing that is told. */
export interface ToldFiring {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  readonly isLate: boolean;
  /** Its roles have found nobody; whom it told then stands in for them. */
  readonly isNobody: boolean;
  readonly missing: readonly string[];
  /** Who is told. */
  readonly holders: readonly DutyHolder[];
}

/** Notes that firings are told. @returns the ids of those that were not told, or stopped, before. */
export async function claimFirings(tx: Tx, told: readonly ToldFiring[]): Promise<ReadonlySet<string>> {
  if (told.length === 0) return new Set();
  const rows = await tx.rows<{ readonly id: string }>(
    `UPDATE alert_firing f SET state = 'told', done_at = n.at, late = n.late, nobody = n.nobody,
       missing = ARRAY(SELECT jsonb_array_elements_text(n.missing::jsonb))
     FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::boolean[], $5::text[]) AS n (id, at, late, nobody, missing)
     WHERE f.id = n.id AND f.state = 'pending' RETURNING f.id`,
    [
      told.map(({ id }) => id),
      told.map(({ atMs }) => new Date(atMs)),
      told.map(({ isLate }) => isLate),
      told.map(({ isNobody }) => isNobody),
      told.map(({ missing }) => JSON.stringify(missing)),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Notes who was told by firings. */
export async function insertTold(tx: Tx, told: readonly ToldFiring[]): Promise<void> {
  const persons = told.flatMap(({ id, atMs, holders }) => holders.map((holder) => ({ ...holder, firingId: id, atMs })));
  if (persons.length === 0) return;
  await tx.execute(
    `INSERT INTO alert_told (firing_id, principal_id, because, told_at)
     SELECT t.firing_id, t.id, left(t.because, ${BECAUSE_CHARACTERS_MAX}), t.at
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) AS t (firing_id, id, because, at)`,
    [
      persons.map(({ firingId }) => firingId),
      persons.map(({ id }) => id),
      persons.map(({ because }) => because),
      persons.map(({ atMs }) => new Date(atMs)),
    ],
  );
}
